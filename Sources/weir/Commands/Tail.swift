import Arguments
import Foundation
import JSON
import Kafka
import Messages
import Streaming

struct Tail: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read predictions, metrics or dead letters as they come.",
        discussion: """
              weir tail predictions --config weir.yaml
              weir tail metrics --config weir.yaml --json
              weir tail dead-letters --brokers localhost:9092 --topic weir.digits.dlq --count 10
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case predictions, metrics
        case deadLetters = "dead-letters"
    }

    @Argument(help: "predictions, metrics or dead-letters.") var kind = Kind.predictions
    @Option(name: .shortAndLong, help: "Take brokers and topic from a stream's YAML file.") var config:
        String?
    @Option(help: "host:port,… of Kafka.") var brokers: String?
    @Option(help: "The topic.") var topic: String?
    @Option(help: "End after so many.") var count: Int?
    @Option(help: "End after so many seconds without a record.") var idle: Double?
    @Flag(help: "Begin with what comes now, not with the oldest.") var new = false
    @Flag(help: "One JSON value a line.") var json = false

    func validate() throws {
        guard count ?? 1 >= 1 else { throw ValidationError("--count must be 1 or more") }
        guard (0...1e6).contains(idle ?? 0) else { throw ValidationError("--idle must lie in 0...1000000") }
    }

    func run() throws {
        let endpoint = try Endpoint(config: config, brokers: brokers, topic: topic) {
            switch kind {
            case .predictions: $0.topics.predictions
            case .metrics: $0.topics.metrics
            case .deadLetters: $0.topics.deadLetters
            }
        }
        let consumer = try Consumer(properties: endpoint.readerProperties)
        defer { consumer.close() }
        let stop = StopFlag()
        let signals = Signals { stop.set() }
        let partitions =
            try consumer.metadata(topics: [endpoint.topic], timeoutMilliseconds: 10_000).topics[
                endpoint.topic] ?? []
        guard !partitions.isEmpty else {
            throw StreamError(
                "there is no topic \(endpoint.topic) on \(endpoint.brokers) yet; it comes with its first record"
            )
        }
        try consumer.assign(
            partitions.map {
                TopicPartitionOffset(
                    topic: endpoint.topic, partition: $0,
                    offset: new ? TopicPartitionOffset.end : TopicPartitionOffset.beginning)
            })
        var seen = 0
        var last = ContinuousClock.now
        while !stop.isSet {
            let batch = try consumer.poll(maximum: 1_000, timeoutMilliseconds: 100)
            for error in batch.errors { Terminal.note("\(error)") }
            for index in 0..<batch.count where !isOfDoctor(batch[index]) {
                try show(batch[index])
                seen += 1
                if seen == count { return }
            }
            if batch.count > 0 { last = .now }
            if let idle, last.duration(to: .now) > .seconds(idle) { return }
        }
        withExtendedLifetime(signals) {}
    }

    /// Whether it is what `weir doctor` left when it tried whether it may write.
    private func isOfDoctor(_ record: Record) -> Bool {
        guard record.value == nil, let key = record.key else { return false }
        return key.starts(with: Doctor.keyPrefix.utf8)
    }

    private func show(_ record: Record) throws {
        let value = record.value.map { Array($0) } ?? []
        switch kind {
        case .predictions:
            let isProtobuf =
                record.header(named: "content-type").map {
                    String(decoding: $0, as: UTF8.self).contains("protobuf")
                } ?? false
            guard let bytes = record.value,
                let prediction = try? isProtobuf ? Prediction(protobuf: bytes) : Prediction(json: bytes)
            else {
                return try showRaw(record, value)
            }
            if json {
                var bytes: [UInt8] = []
                prediction.encodeJSON(into: &bytes)
                try Terminal.json(text: String(decoding: bytes, as: UTF8.self))
            } else {
                let verdict =
                    prediction.expected.map {
                        $0 == prediction.label ? Terminal.green("right") : Terminal.red("was \($0)")
                    } ?? ""
                let flags =
                    (prediction.isHoldout ? ", held out" : "")
                    + (prediction.frame?.isWarming == true ? ", warming up" : "")
                let ranked = prediction.topK.map { "\($0.label) \(Terminal.fixed(Double($0.confidence), 2))" }
                    .joined(separator: ", ")
                try Terminal.line(
                    "\(prediction.sampleID)  \(said(prediction))  \(verdict)  \(Terminal.dim("[\(ranked)] revision \(prediction.model.revision)\(flags)"))"
                )
            }
        case .metrics:
            if json { return try showJSON(record, value) }
            guard let bytes = record.value, let message = try? MetricsMessage(json: bytes) else {
                return try showRaw(record, value)
            }
            try Terminal.line(
                Terminal.bold(
                    "\(message.stream), \(message.recordCount) records, \(message.labelledCount) labelled"))
            for line in message.text { try Terminal.line("  \(line)") }
        case .deadLetters:
            guard
                let letter = DeadLetter(
                    headers: record.headers().map { MessageHeader(name: $0.name, value: $0.value) })
            else {
                return try showRaw(record, value)
            }
            if json {
                let object: [String: Any] = [
                    "code": letter.code, "message": letter.message, "topic": letter.source.topic,
                    "partition": Int(letter.source.partition), "offset": letter.source.offset,
                    "id": letter.id,
                    "stage": letter.stage.rawValue, "value_base64": Data(value).base64EncodedString(),
                ]
                try Terminal.json(object)
            } else {
                try Terminal.line(
                    "\(letter.source.topic) \(letter.source.partition)@\(letter.source.offset)  \(Terminal.red("\(letter.code)"))  \(letter.message)  \(Terminal.dim("\(excerpt(value))"))"
                )
            }
        }
    }

    private func said(_ prediction: Prediction) -> TerminalText {
        switch prediction.outcome {
        case .answered: return Terminal.bold("\(prediction.label ?? "")")
        case .unknown:
            let distance = prediction.distance.map { ", distance \(Terminal.fixed(Double($0), 2))" } ?? ""
            return "\(Terminal.bold("unknown")) (would be \(prediction.candidate ?? "")\(distance))"
        case .nothingLearned: return Terminal.bold("nothing learned yet")
        }
    }

    private func excerpt(_ value: [UInt8]) -> String { String(decoding: value.prefix(60), as: UTF8.self) }

    /// Writes a value that is JSON as it came, in one line.
    private func showJSON(_ record: Record, _ value: [UInt8]) throws {
        guard (try? value.withUnsafeBytes { try JSONReader.check($0) }) != nil else {
            return try showRaw(record, value)
        }
        // Line ends stand between values only.
        try Terminal.json(
            text: String(decoding: value.map { [0x09, 0x0a, 0x0d].contains($0) ? 0x20 : $0 }, as: UTF8.self))
    }

    /// Writes what is not of the kind that was asked for. With `--json` standard output is for JSON alone.
    private func showRaw(_ record: Record, _ value: [UInt8]) throws {
        let place = "\(record.partition)@\(record.offset)"
        guard json else { return try Terminal.line("\(place)  \(excerpt(value))") }
        Terminal.note("\(place) is not of \(kind.rawValue): \(excerpt(value))")
    }
}
