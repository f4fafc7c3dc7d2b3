import Digests
import Evaluation
import Foundation
import Learning
import Streaming
import Tensors
import TestSupport
import Testing

/// JSON that would overflow the stack of a decoder, says a thing twice or ends early, wherever a stream reads JSON.
@Suite struct HostileJSONTests {
    private static let deep = String(repeating: "[", count: 100_000)

    /// A text made hostile in three ways, each with what the error says.
    private func hostile(_ text: String) -> [(text: String, names: String)] {
        let name = text.split(separator: ":", maxSplits: 1).first.map { $0.dropFirst() } ?? ""
        return [
            ("{\(name):\(Self.deep)", "deeper than 64"), ("{\(name):0,\(text.dropFirst())", "had before"),
            (String(text.dropLast()), "the value ends"),
        ]
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let temporary = try TemporaryFolder()
        defer { temporary.remove() }
        let folder = temporary.path
        try body(folder)
    }

    private func learner() throws -> Learner {
        var configuration = LearnerConfiguration(dimension: 4)
        configuration.memory.codebooks = 3
        configuration.memory.keys = 4
        configuration.memory.keyDimension = 2
        configuration.ensemble.features = 16
        var learner = try Learner(configuration: configuration)
        var random = RandomGenerator(seed: 1)
        try learner.initialiseKeys(from: (0..<80).map { _ in Float(random.normal()) })
        return learner
    }

    @Test("The learner's part of a snapshot, and its ensemble's", arguments: ["learner", "ensemble"])
    func learnerParts(part: String) throws {
        let learner = try learner()
        let whole = try learner.snapshot()
        for (text, names) in hostile(try #require(whole.metadata[part])) {
            var snapshot = whole
            snapshot.metadata[part] = text
            let error = #expect(throws: (any Error).self) {
                try Learner(restoring: snapshot, configuration: learner.configuration)
            }
            #expect("\(error.map { "\($0)" } ?? "")".contains(names))
        }
    }

    @Test("The manifest of a snapshot, and the part of a network that answers by itself")
    func snapshotParts() throws {
        let learner = try learner()
        let snapshot = try Snapshot(
            manifest: .init(
                number: 1, createdMilliseconds: 1, stream: "s", offsets: [:],
                learner: learner.configuration, keys: "k"), learner: learner)
        try withFolder { folder in
            let path = "\(folder)/x.safetensors"
            try snapshot.encoded().write(to: URL(fileURLWithPath: path))
            let whole = try Safetensors(path: path)
            func write(_ part: String, _ text: String) throws {
                var file = whole
                file.metadata[part] = text
                file.metadata["sha256"] = String(repeating: "0", count: 64)
                let hash = SHA256()
                hash.update(Array(file.encoded()))
                file.metadata["sha256"] = hash.hexadecimal()
                try file.encoded().write(to: URL(fileURLWithPath: path))
            }
            for (text, names) in hostile(try #require(whole.metadata["weir"])) {
                try write("weir", text)
                let error = #expect(throws: StateError.self) { try Snapshot(path: path) }
                #expect(error?.message.contains(names) == true, "\(error?.message ?? "")")
            }
            let kept = NetworkAnswers.Kept(prequential: try PrequentialMetrics(window: 10))
            let text = String(decoding: try JSONEncoder().encode(kept), as: UTF8.self)
            try write("network", text)
            #expect(try Snapshot(path: path).network() != nil)
            for (text, names) in hostile(text) {
                try write("network", text)
                let error = #expect(throws: StateError.self) { try Snapshot(path: path).network() }
                #expect(error?.message.contains(names) == true, "\(error?.message ?? "")")
            }
        }
    }

    @Test(
        "Lines of vectors, and what is wrong with one",
        arguments: [
            (deep, "an object was expected"), ("{\"x\":\(deep)", "a number was expected"),
            ("{\"more\":\(deep)", "deeper than 64"), (#"{"x":[1],"x":[2]}"#, "a second time"),
            (#"{"x":[1],"id":"a","\u0069d":"b"}"#, "a second time"), (#"{"x":[1]"#, "the value ends"),
            (#"{"x":[1]} {"x":[2]}"#, "the end"), (#"{"id":"a"}"#, "x is missing"),
            (#"{"x":[1e39]}"#, "too large"), (#"{"x":[1],"label":1.5}"#, "whole number"),
        ])
    func vectorLines(line: String, names: String) throws {
        try withFolder { folder in
            let path = "\(folder)/x.jsonl"
            try "\n{\"x\":[1]}\n\(line)\n".write(toFile: path, atomically: true, encoding: .utf8)
            let error = #expect(throws: StateError.self) { try VectorFile(path: path) }
            #expect(error?.message.contains("line 3 is not") == true, "\(error?.message.prefix(300) ?? "")")
            #expect(error?.message.contains(names) == true, "\(error?.message.prefix(300) ?? "")")
        }
    }

    @Test(
        "Lines of vectors as people write them: a mark at the start, Windows' line ends, blank lines, line separators"
    )
    func vectorLinesAsTheyCome() throws {
        try withFolder { folder in
            let path = "\(folder)/x.jsonl"
            let text =
                "\u{feff}{\"x\":[1,2e0],\"id\":\"a\",\"label\":7,\"more\":{}}\r\n\r\n  \n{\"x\":[3,4],\"id\":null,\"label\":\"b\u{2028}c\"}"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            let file = try VectorFile(path: path)
            #expect(file.rows.map(\.id) == ["a", "row-1"])
            #expect(file.rows.map(\.features) == [[1, 2], [3, 4]])
            #expect(file.rows.map(\.label) == ["7", "b\u{2028}c"])
        }
    }
}
