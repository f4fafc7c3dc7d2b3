import Foundation
import Kafka
import TestSupport
import Testing

/// Where the output of a command cannot be written.
@Suite(.waiting) struct OutputEndTests {
    /// Each command that prints, in one of its forms or more.
    private static let printing = [
        "--help", "--version", "--generate-completion-script bash", "serve --help", "config --example",
        "config --config weir.yaml", "config --config weir.yaml --json", "doctor --config weir.yaml",
        "doctor --config none.yaml", "model list", "model list --json", "model describe SensorNet",
        "model describe SensorNet --json", "toy --json", "broker --port 0", "demo", "demo frames",
        "backtest tiny.csv --codebooks 1 --keys 2 --key-dimension 2 --experts counts --alone",
    ]

    /// Runs a body in a folder with a stream's file and a few samples.
    private func with(_ body: (String) throws -> Void) throws {
        let temporary = try TemporaryFolder()
        defer { temporary.remove() }
        let folder = temporary.path
        try "stream: s\nbrokers: 127.0.0.1:1\ndimension: 2\n".write(
            toFile: "\(folder)/weir.yaml", atomically: true, encoding: .utf8)
        let rows = (0..<40).map { "\($0 % 2),\($0),\(40 - $0)" }
        try (["label,a,b"] + rows).joined(separator: "\n").write(
            toFile: "\(folder)/tiny.csv", atomically: true, encoding: .utf8)
        try body(folder)
    }

    /// A pipe that nobody reads.
    private func closedPipe() throws -> FileHandle {
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        return pipe.fileHandleForWriting
    }

    @Test("A full disk is said on standard error, and the exit code is 1", arguments: printing)
    func full(command: String) throws {
        try with { folder in
            let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
            let result = try Program.run(Self.words(command), folder: folder, to: full)
            #expect(result.status == 1, "\(result)")
            #expect(
                result.errors
                    == "Error: standard output cannot be written: No space left on device\n")
        }
    }

    @Test("Where nobody reads any more a command ends without a word", arguments: printing)
    func closed(command: String) throws {
        try with { folder in
            let result = try Program.run(Self.words(command), folder: folder, to: try closedPipe())
            #expect(result.status == 141 && result.errors.isEmpty, "\(result)")
        }
    }

    private static func words(_ command: String) -> [String] {
        command.split(separator: " ").map(String.init)
    }

    @Test("A tail that could go on for ever ends too", arguments: [[], ["--json"]])
    func tail(options: [String]) throws {
        let broker = try EmbeddedBroker(topics: [(name: "p", partitions: 1)])
        let properties = EmbeddedBroker.clientProperties.merging(
            ["bootstrap.servers": broker.bootstrapServers]
        ) { $1 }
        let producer = try Producer(properties: properties) { _ in }
        let metrics = #"{"any": "thing"}"#
        try producer.send(topic: "p", key: nil, value: Array(metrics.utf8))
        try producer.flush(timeoutMilliseconds: 30_000)
        producer.close()
        let words = ["tail", "metrics", "--brokers", broker.bootstrapServers, "--topic", "p"] + options
        let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        let result = try Program.run(words, to: full)
        #expect(result.status == 1 && result.errors.hasSuffix("No space left on device\n"), "\(result)")
        let quiet = try Program.run(words, to: try closedPipe())
        #expect(quiet.status == 141 && quiet.errors.isEmpty, "\(quiet)")
    }
}
