import Foundation
import Glibc
import Streaming
import Tensors
import TestSupport
import Testing

/// Files of vectors in their three forms, good ones and each kind of bad one.
@Suite struct VectorFileTests {
    /// Writes a file into a folder that is removed afterwards.
    private func with<Result>(
        _ name: String, _ content: Data, _ body: (String) throws -> Result
    ) throws -> Result {
        let temporary = try TemporaryFolder()
        defer { temporary.remove() }
        let folder = temporary.url
        let file = folder.appendingPathComponent(name)
        try content.write(to: file)
        return try body(file.path)
    }

    private func rows(_ name: String, _ text: String) throws -> [VectorFile.Row] {
        try with(name, Data(text.utf8)) { try VectorFile(path: $0).rows }
    }

    /// What is said of a file that is refused, with the path in front.
    private func fault(
        _ name: String, _ content: Data, tensor: String = "", labels: String = ""
    ) throws -> String {
        try with(name, content) { path in
            let error = #expect(throws: (any Error).self) {
                try VectorFile(path: path, tensor: tensor, labels: labels)
            }
            let text = error.map { "\($0)" } ?? ""
            #expect(text.hasPrefix(path), "\(text)")
            return text.replacing(path, with: "")
        }
    }

    // MARK: CSV

    @Test("CSV: columns id and label anywhere, or none; a mark at the start, Windows' line ends, blank lines")
    func csv() throws {
        let named = try rows("x.csv", "a,label,b,id\n1,cat,-2.5,first\n3e0,,4,second\n")
        #expect(named.map(\.id) == ["first", "second"])
        #expect(named.map(\.features) == [[1, -2.5], [3, 4]])
        #expect(named.map(\.label) == ["cat", nil])
        let bare = try rows("x.CSV", "\u{feff}a,b\r\n\r\n1,2\r\n\r\n3,4")
        #expect(bare.map(\.id) == ["row-0", "row-1"])
        #expect(bare.map(\.features) == [[1, 2], [3, 4]] && bare.allSatisfy { $0.label == nil })
        #expect(try rows("x.csv", "\u{feff}id,a\nfirst,1\n").map(\.id) == ["first"])
    }

    @Test(
        "CSV that is refused, with its line",
        arguments: [
            ("", " holds no vectors"), ("a,b\n", " holds no vectors"),
            ("id,label\nx,y\n", ": row 1 has no features"),
            ("a,b\n1,2\n3\n", ": line 3 has 1 cells; the header has 2"),
            ("a,b\n\n1,2\n\n3,4,5\n", ": line 5 has 3 cells; the header has 2"),
            ("id,a,b\nx,1,2\ny,1,two\n", ": line 3, column b: \"two\" is no number"),
            ("\na,b\n\n1,\n", ": line 4, column b: \"\" is no number"),
        ])
    func badCSV(text: String, message: String) throws {
        #expect(try fault("x.csv", Data(text.utf8)) == message)
    }

    // MARK: JSON lines

    @Test("JSON lines: ids and labels or none", arguments: ["x.jsonl", "x.ndjson", "x.json"])
    func jsonLines(name: String) throws {
        let found = try rows(
            name, "{\"id\":\"first\",\"x\":[1,2.5],\"label\":\"cat\"}\n{\"x\":[3,4],\"label\":7}\n")
        #expect(found.map(\.id) == ["first", "row-1"])
        #expect(found.map(\.features) == [[1, 2.5], [3, 4]])
        #expect(found.map(\.label) == ["cat", "7"])
    }

    @Test(
        "JSON lines that are refused, with their line",
        arguments: [
            ("", " holds no vectors"), ("\n\n", " holds no vectors"),
            ("{\"x\":[]}\n", ": row 1 has no features"),
            ("{\"x\":[1,2]}\n{\"x\":[1]}\n", ": row 2 has 1 features; those before have 2"),
            (
                "{\"x\":[1]}\n\n{\"id\":\"a\"}\n",
                ": line 3 is not {\"x\": [numbers], \"id\": text, \"label\": text}: x is missing"
            ),
            (
                "{\"x\":[1,\"2\"]}\n",
                ": line 1 is not {\"x\": [numbers], \"id\": text, \"label\": text}: "
            ),
        ])
    func badJSONLines(text: String, message: String) throws {
        let found = try fault("x.jsonl", Data(text.utf8))
        #expect(found.hasPrefix(message), "\(found)")
    }

    // MARK: safetensors

    private func tensors(_ tensors: [String: TensorData]) -> Data { Safetensors(tensors: tensors).encoded() }
    private let matrix = TensorData([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2])

    @Test("safetensors: the only matrix, the one named x, or the one that is asked for; labels or none")
    func safetensors() throws {
        let other = TensorData([9, 9] as [Float], shape: [2, 1])
        let labels = TensorData([4, 5, 6], shape: [3])
        let only = try with("a.safetensors", tensors(["emb": matrix, "labels": labels])) {
            try VectorFile(path: $0)
        }
        #expect(only.dimension == 2 && only.rows.map(\.id) == ["emb-0", "emb-1", "emb-2"])
        #expect(only.rows.map(\.features) == [[1, 2], [3, 4], [5, 6]])
        #expect(only.rows.map(\.label) == ["4", "5", "6"])
        try with("a.safetensors", tensors(["x": matrix, "y": other, "numbers": labels])) { path throws in
            let standard = try VectorFile(path: path)
            #expect(standard.rows.count == 3 && standard.rows.allSatisfy { $0.label == nil })
            #expect(try VectorFile(path: path, tensor: "y").rows.map(\.id) == ["y-0", "y-1"])
            let labelled = try VectorFile(path: path, labels: "numbers")
            #expect(labelled.rows.map(\.label) == ["4", "5", "6"])
        }
    }

    @Test("safetensors that are refused, with what there is")
    func badSafetensors() throws {
        let name = "a.safetensors"
        let numbers = TensorData([4, 5], shape: [2])
        #expect(try fault(name, Data()).contains("a header needs at least 8"))
        #expect(try fault(name, tensors(["v": numbers])) == " has no matrix")
        let two = tensors(["a": matrix, "b": matrix])
        #expect(try fault(name, two) == " has no matrix x; there are a, b. Name one")
        #expect(try fault(name, two, tensor: "c") == " has no matrix c; there are a, b. Name one")
        #expect(
            try fault(name, tensors(["x": matrix, "labels": numbers])) == ": 2 labels for 3 rows of x")
        #expect(
            try fault(
                name, tensors(["x": matrix, "y": TensorData([1, 2, 3] as [Float], shape: [3])]), labels: "y")
                == ": the labels are F32, which are no whole numbers; write them as I64")
        #expect(
            try fault(name, tensors(["x": matrix]), labels: "y") == " has no tensor y; there are x")
        let empty = TensorData([] as [Float], shape: [0, 2])
        #expect(try fault(name, tensors(["x": empty])) == " holds no vectors")
        let thin = TensorData([] as [Float], shape: [2, 0])
        #expect(try fault(name, tensors(["x": thin])) == ": row 1 has no features")
    }

    // MARK: Any

    @Test(
        "A file that is not there, or of another kind",
        arguments: ["/no/such/x.csv", "/no/such/x.jsonl", "/no/such/x.safetensors"])
    func absent(path: String) throws {
        let error = #expect(throws: (any Error).self) { try VectorFile(path: path) }
        #expect(
            error.map { "\($0)" } == "\(path) cannot be read: there is no such file")
        #expect(
            try fault("x.txt", Data("1,2".utf8))
                == " ends in .txt; files of vectors end in .csv, .jsonl or .safetensors")
    }

    /// Makes a file that takes no room on the disk and seems to be large.
    private func withSparse(
        _ name: String, _ beginning: Data, _ size: Int, _ body: (String) throws -> Void
    ) throws {
        try with(name, beginning) { path in
            #expect(truncate(path, size) == 0)
            try body(path)
        }
    }

    @Test(
        "A file that is too large is refused before it is read",
        arguments: ["x.csv", "x.jsonl", "x.safetensors"])
    func tooLarge(name: String) throws {
        try withSparse(name, Data("a,b\n".utf8), 9 << 30) { path in
            let error = #expect(throws: (any Error).self) { try VectorFile(path: path) }
            #expect(
                error.map { "\($0)" } == "\(path) has 9663676416 bytes; at most 8589934592 are read")
        }
        try withSparse(name, Data("a,b\n".utf8), 2 << 30) { path in
            let error = #expect(throws: (any Error).self) {
                try VectorFile.keys(path: path, tensor: "", dimension: 2)
            }
            #expect(
                error.map { "\($0)" } == "\(path) has 2147483648 bytes; at most 1073741824 are read")
        }
    }

    /// Below the limit, but what it holds is no line, and the header speaks of another size.
    @Test(
        "A large file that holds nothing is refused at its first line, or by its header",
        arguments: [
            ("x.csv", "a,b\n1,2\n", ": line 3 has more than 16777216 bytes"),
            ("x.jsonl", "{\"x\":[1]}\n", ": line 2 has more than 16777216 bytes"),
        ])
    func empty(name: String, beginning: String, says: String) throws {
        try withSparse(name, Data(beginning.utf8), 7 << 30) { path in
            let error = #expect(throws: StateError.self) { try VectorFile(path: path) }
            #expect(error?.message.hasPrefix(path + says) == true, "\(error?.message ?? "")")
        }
        let whole = tensors(["x": TensorData([1, 2] as [Float], shape: [1, 2])])
        try withSparse("x.safetensors", whole, 7 << 30) { path in
            let error = #expect(throws: SafetensorsError.self) { try VectorFile(path: path) }
            #expect(error?.message.contains("its header names 8 bytes of data; the file has") == true)
        }
    }

    @Test("What is no file is named, and not waited for", arguments: ["x.csv", "x.jsonl", "x.safetensors"])
    func noFile(name: String) throws {
        try with("other", Data()) { other in
            let path = "\(other).\(name)"
            #expect(mkfifo(path, 0o600) == 0)
            let error = #expect(throws: (any Error).self) { try VectorFile(path: path) }
            #expect(error.map { "\($0)" } == "\(path) is a named pipe; name a file")
        }
    }

    /// Lines that lie across the blocks in which a file is read, their ends too.
    @Test("Lines are the same wherever a block ends", arguments: ["\n", "\r\n", "\r"])
    func blocks(end: String) throws {
        let block = 1 << 20
        for before in (block - 3)...(block + 1) {
            let lines = [
                String(repeating: "a", count: before), "", "b", String(repeating: "c", count: 2 * block), "d",
            ]
            try with("x.txt", Data(lines.joined(separator: end).utf8)) { path in
                var found: [(String, Int)] = []
                try TextLines.read(path, limit: .max, ends: .feedOrReturn) { line, number in
                    found.append((String(decoding: line, as: UTF8.self), number))
                }
                #expect(found.map(\.0) == lines && found.map(\.1) == [1, 2, 3, 4, 5], "\(before)")
            }
        }
    }

    @Test("Vectors that keys are made from have the configured length and are finite")
    func numbersOnly() throws {
        try with("x.csv", Data("a,b\n1,2\n3,4\n".utf8)) { path throws in
            #expect(try VectorFile.keys(path: path, tensor: "", dimension: 2) == [1, 2, 3, 4])
            let error = #expect(throws: StateError.self) {
                try VectorFile.keys(path: path, tensor: "", dimension: 3)
            }
            #expect(
                error?.message == "\(path) has vectors of length 2; the configured dimension is 3")
        }
        try with("x.csv", Data("a,b\n1,2\ninf,4\n".utf8)) { path throws in
            let error = #expect(throws: StateError.self) {
                try VectorFile.keys(path: path, tensor: "", dimension: 2)
            }
            #expect(error?.message == "\(path): row 2 holds a number that is not finite")
        }
    }
}
