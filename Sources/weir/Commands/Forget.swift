import Arguments
import Foundation
import Kafka
import Messages
import Streaming
import Synchronization

struct Forget: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Have a running stream take back samples, or delete, rename or merge classes.",
        discussion: """
            The instruction goes on the samples topic and is followed at its place among the samples, so that a replay
            follows it too. Counts and sums are then as if the samples had never come. What cannot be followed, since it
            was never learned, goes to the dead letters with E_NOT_LEARNED.

              weir forget samples mistakes.csv --config weir.yaml      rows with id, label and features as they were sent
              weir forget class 7 --config weir.yaml
              weir forget rename 7 seven --config weir.yaml
              weir forget merge seven 1 --config weir.yaml
            """,
        subcommands: [Samples.self, Class.self, Rename.self, Merge.self])

    /// Where the instructions go.
    struct Destination: ParsableArguments {
        @Option(name: .shortAndLong, help: "Take brokers and topic from a stream's YAML file.") var config:
            String?
        @Option(help: "host:port,… of Kafka.") var brokers: String?
        @Option(help: "The samples topic.") var topic: String?

        func send(_ instructions: [(key: String, Instruction)]) throws {
            let endpoint = try Endpoint(config: config, brokers: brokers, topic: topic) {
                guard !$0.hasFrames else {
                    throw ValidationError(
                        "\($0.stream) is a stream of frames, which follows no instructions; classes are forgotten by learning anew from the log"
                    )
                }
                return $0.topics.samples
            }
            let failed = Mutex<KafkaError?>(nil)
            let producer = try Producer(properties: endpoint.properties, onError: { Terminal.note("\($0)") })
            {
                report in
                if let error = report.error { failed.withLock { $0 = $0 ?? error } }
            }
            defer { producer.close() }
            for (key, instruction) in instructions {
                var bytes: [UInt8] = []
                instruction.encodeJSON(into: &bytes)
                try producer.send(
                    topic: endpoint.topic, key: Array(key.utf8), value: bytes,
                    headers: [Header(name: "content-type", text: "application/json")])
            }
            try producer.flush(timeoutMilliseconds: 60_000)
            if let error = failed.withLock({ $0 }) { throw error }
            Terminal.note(
                "sent \(instructions.count) instruction\(instructions.count == 1 ? "" : "s") to \(endpoint.topic) on \(endpoint.brokers)"
            )
        }
    }

    struct Samples: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take learned samples back.")
        @Argument(help: "A .csv, .jsonl or .safetensors file with ids, labels and features.") var file: String
        @Option(help: "The matrix of a safetensors file.") var tensor = ""
        @Option(help: "The labels of a safetensors file.") var labels = ""
        @Option(help: "The weight that each had.") var weight = 1
        @OptionGroup var destination: Destination

        func run() throws {
            let rows = try SampleFile.load(file, tensor: tensor, labels: labels).rows
            let instructions = try rows.map { row in
                guard let label = row.label else {
                    throw StreamError("\(file): \(row.id) has no label; what had none was not learned")
                }
                return (
                    row.id,
                    Instruction.unlearn(id: row.id, features: row.features, label: label, weight: weight)
                )
            }
            try destination.send(instructions)
        }
    }

    struct Class: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Forget a class.")
        @Argument(help: "Its label.") var label: String
        @OptionGroup var destination: Destination

        func run() throws { try destination.send([(label, .deleteClass(label: label))]) }
    }

    struct Rename: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give a class another label.")
        @Argument(help: "Its label.") var label: String
        @Argument(help: "The new one.") var new: String
        @OptionGroup var destination: Destination

        func run() throws { try destination.send([(label, .renameClass(label: label, to: new))]) }
    }

    struct Merge: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make all that was learned of one class learned of another.")
        @Argument(help: "The label that ends.") var label: String
        @Argument(help: "The label that stays.") var into: String
        @OptionGroup var destination: Destination

        func run() throws { try destination.send([(label, .mergeClasses(label: label, into: into))]) }
    }
}
