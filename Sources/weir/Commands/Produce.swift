import ArgumentParser
import Foundation
import Kafka
import Learning
import Messages
import Service
import Synchronization

struct Produce: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send samples from a file to a topic.",
        discussion: """
            CSV (a header line; columns id and label are optional, the others are features), JSON lines
            ({"id", "x": [...], "label"}) or safetensors. `digits` stands for the shipped handwritten digits.

              weir produce digits --config weir.yaml --order by-class --rate 500
              weir produce train.safetensors --tensor train_emb --labels train_labels --brokers localhost:9092 --topic weir.intents.samples
            """)

    @Argument(help: "A .csv, .jsonl or .safetensors file, or `digits`.") var file: String
    @Option(name: .shortAndLong, help: "Take brokers and topic from a stream's YAML file.") var config:
        String?
    @Option(help: "host:port,… of Kafka.") var brokers: String?
    @Option(help: "The topic.") var topic: String?
    @Option(help: "as-is, shuffled or by-class.") var order = Backtest.Order.asIs
    @Option(help: "The seed of the order.") var seed: UInt64 = 1
    @Option(help: "Samples a second; 0 for as fast as possible.") var rate = 0.0
    @Option(help: "Send only so many.") var limit: Int?
    @Option(help: "json or protobuf.") var format = SampleFormat.json
    @Option(help: "The matrix of a safetensors file.") var tensor = ""
    @Option(help: "The labels of a safetensors file.") var labels = ""
    @Flag(help: "Leave the labels out.") var unlabelled = false

    func validate() throws {
        guard rate == 0 || (0.001...1e9).contains(rate) else {
            throw ValidationError("--rate must be 0 or lie in 0.001...1e9")
        }
        guard limit ?? 0 >= 0 else { throw ValidationError("--limit must be 0 or more") }
    }

    func run() throws {
        let endpoint = try Endpoint(config: config, brokers: brokers, topic: topic) { $0.topics.samples }
        let source = try SampleSource.load(file, tensor: tensor, labels: labels)
        // Rows without a label have no class to be ordered by; the empty one stands for it here only.
        var samples = Backtest.Samples(
            vectors: source.rows.flatMap(\.features), labels: source.rows.map { $0.label ?? "" },
            ids: source.rows.map(\.id), dimension: source.dimension
        ).ordered(order, seed: seed)
        if let limit { samples = samples.rows(Array(0..<min(limit, samples.labels.count))) }
        let failed = Mutex<KafkaError?>(nil)
        let producer = try Producer(properties: endpoint.properties, onError: { Terminal.note("\($0)") }) {
            report in
            if let error = report.error { failed.withLock { $0 = $0 ?? error } }
        }
        defer { producer.close() }
        let headers = [Header(name: "content-type", text: format.contentType)]
        let start = ContinuousClock.now
        var bytes: [UInt8] = []
        for row in samples.labels.indices {
            if rate > 0 {
                let due = start + .seconds(Double(row) / rate)
                let wait = ContinuousClock.now.duration(to: due).components
                let seconds = Double(wait.seconds) + Double(wait.attoseconds) * 1e-18
                if seconds > 0 { Thread.sleep(forTimeInterval: seconds) }
            }
            let label = samples.labels[row]
            let sample = Sample(
                id: samples.ids[row],
                features: Array(samples.vectors[(row * samples.dimension)..<((row + 1) * samples.dimension)]),
                label: unlabelled || label.isEmpty ? nil : label)
            switch format {
            case .json:
                bytes.removeAll(keepingCapacity: true)
                sample.encodeJSON(into: &bytes)
            case .protobuf: bytes = try sample.encodeProtobuf()
            }
            try producer.send(
                topic: endpoint.topic, key: Array(sample.id.utf8), value: bytes, headers: headers)
            if let error = failed.withLock({ $0 }) { throw error }
        }
        try producer.flush(timeoutMilliseconds: 60_000)
        if let error = failed.withLock({ $0 }) { throw error }
        Terminal.note("sent \(samples.labels.count) samples to \(endpoint.topic) on \(endpoint.brokers)")
    }
}

extension SampleFormat: ExpressibleByArgument {}
