import Arguments
import Backtesting
import Foundation
import Kafka
import Learning
import Messages
import Streaming
import Synchronization

struct Produce: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send samples, or frames, from a file to a topic.",
        discussion: """
            CSV (a header line; columns id and label are optional, the others are features), JSON lines
            ({"id", "x": [...], "label"}) or safetensors. `digits` stands for the shipped handwritten digits.
            With --frames each row is cut into so many frames of the session that its id names; rows of one id go on
            with its numbers.

              weir produce digits --config weir.yaml --order by-class --rate 500
              weir produce train.safetensors --tensor train_emb --labels train_labels --brokers localhost:9092 --topic weir.intents.samples
              weir produce digits --config frames.yaml --frames 8 --end
            """)

    @Argument(help: "A .csv, .jsonl or .safetensors file, or `digits`.") var file: String
    @Option(name: .shortAndLong, help: "Take brokers and topic from a stream's YAML file.") var config:
        String?
    @Option(help: "host:port,… of Kafka.") var brokers: String?
    @Option(help: "The topic.") var topic: String?
    @Option(help: "as-is, shuffled or by-class.") var order = Backtest.Order.asIs
    @Option(help: "The seed of the order.") var seed: UInt64 = 1
    @Option(help: "Records a second; 0 for as fast as possible.") var rate = 0.0
    @Option(help: "Send only so many rows.") var limit: Int?
    @Option(help: "Send frames: cut each row into so many.") var frames: Int?
    @Flag(help: "With --frames: end the session with each row's last frame.") var end = false
    @Option(help: "json or protobuf.") var format = SampleFormat.json
    @Option(help: "The matrix of a safetensors file.") var tensor = ""
    @Option(help: "The labels of a safetensors file.") var labels = ""
    @Flag(help: "Leave the labels out.") var unlabelled = false

    func validate() throws {
        guard rate == 0 || (0.001...1e9).contains(rate) else {
            throw ValidationError("--rate must be 0 or lie in 0.001...1e9")
        }
        guard limit ?? 0 >= 0 else { throw ValidationError("--limit must be 0 or more") }
        guard frames ?? 1 >= 1 else { throw ValidationError("--frames must be 1 or more") }
        guard !end || frames != nil else { throw ValidationError("--end goes with --frames") }
    }

    func run() throws {
        let endpoint = try Endpoint(config: config, brokers: brokers, topic: topic) {
            frames == nil ? $0.topics.samples : $0.topics.frames
        }
        let source = try SampleFile.load(file, tensor: tensor, labels: labels)
        let framesOfRow = frames ?? 1
        guard source.dimension.isMultiple(of: framesOfRow) else {
            throw ValidationError(
                "\(file) has rows of \(source.dimension) numbers, which are not \(framesOfRow) frames of equal length"
            )
        }
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
        var sent = 0
        var numbers: [String: Int64] = [:]
        for row in samples.labels.indices {
            let id = samples.ids[row]
            let label = unlabelled || samples.labels[row].isEmpty ? nil : samples.labels[row]
            let vector = Array(samples.vectors[(row * samples.dimension)..<((row + 1) * samples.dimension)])
            for part in 0..<framesOfRow {
                if rate > 0 {
                    let due = start + .seconds(Double(sent) / rate)
                    let wait = ContinuousClock.now.duration(to: due).components
                    let seconds = Double(wait.seconds) + Double(wait.attoseconds) * 1e-18
                    if seconds > 0 { Thread.sleep(forTimeInterval: seconds) }
                }
                let value: [UInt8]
                if frames == nil {
                    value = try encoded(Sample(id: id, features: vector, label: label))
                } else {
                    let width = vector.count / framesOfRow
                    let frame = Frame(
                        session: id, sequence: numbers[id, default: 0],
                        values: Array(vector[(part * width)..<((part + 1) * width)]), label: label,
                        isEnd: end && part == framesOfRow - 1)
                    numbers[id] = frame.isEnd ? nil : frame.sequence + 1
                    value = try encoded(frame)
                }
                try producer.send(
                    topic: endpoint.topic, key: Array(id.utf8), value: value, headers: headers)
                sent += 1
                if let error = failed.withLock({ $0 }) { throw error }
            }
        }
        try producer.flush(timeoutMilliseconds: 60_000)
        if let error = failed.withLock({ $0 }) { throw error }
        Terminal.note(
            "sent \(sent) \(frames == nil ? "samples" : "frames") to \(endpoint.topic) on \(endpoint.brokers)"
        )
    }

    private func encoded(_ sample: Sample) throws -> [UInt8] {
        guard format == .json else { return try sample.encodeProtobuf() }
        var bytes: [UInt8] = []
        sample.encodeJSON(into: &bytes)
        return bytes
    }

    private func encoded(_ frame: Frame) throws -> [UInt8] {
        guard format == .json else { return try frame.encodeProtobuf() }
        var bytes: [UInt8] = []
        frame.encodeJSON(into: &bytes)
        return bytes
    }
}

extension SampleFormat: ExpressibleByArgument {}
