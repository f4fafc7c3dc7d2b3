import Arguments
import ContinualInference
import Foundation
import Kafka
import Streaming
import Synchronization

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that everything a stream needs is there.",
        discussion: """
            Each line says ok, or what to do. The round trip sends one record without a value to the metrics
            topic and reads it back. Exit code 2 when something is wrong.

              weir doctor --config weir.yaml
            """)

    @OptionGroup var source: ConfigurationSource

    func run() throws {
        let configuration: Configuration
        do {
            configuration = try source.load()
        } catch {
            Terminal.line("\(Terminal.red("wrong"))  configuration: \(error)")
            throw ExitCode(2)
        }
        var isWell = true
        func check(_ what: String, _ body: () throws -> String) {
            do {
                Terminal.line("\(Terminal.green("ok"))     \(what): \(try body())")
            } catch {
                isWell = false
                Terminal.line("\(Terminal.red("wrong"))  \(what): \(error)")
            }
        }
        check("configuration") {
            "stream \(configuration.stream), \(configuration.hasFrames ? "frames" : "dimension \(configuration.dimension)")"
        }
        if configuration.hasFrames { check("network") { try network(configuration) } }
        check("state folder") { try folder(configuration.snapshots.folder) }
        let consumer = try Consumer(properties: configuration.consumerProperties)
        defer { consumer.close() }
        var topics: [String: [Int32]] = [:]
        check("brokers") {
            let metadata = try consumer.metadata(timeoutMilliseconds: 10_000)
            topics = metadata.topics
            return metadata.brokers.map { "\($0.host):\($0.port)" }.joined(separator: ", ")
        }
        if isWell {
            check("topic of \(configuration.hasFrames ? "frames" : "samples")") {
                let name = configuration.inputTopic
                guard let partitions = topics[name], !partitions.isEmpty else {
                    throw StreamError(
                        "there is no \(name); create it: kafka-topics.sh --bootstrap-server \(configuration.brokers) --create --topic \(name) --partitions 4"
                    )
                }
                let ends = try partitions.map {
                    try consumer.watermarks(
                        of: TopicPartition(topic: name, partition: $0), timeoutMilliseconds: 10_000)
                }
                return
                    "\(name), \(partitions.count) partitions, \(ends.reduce(0) { $0 + $1.high - $1.low }) records"
            }
            for (what, name) in [
                ("topic of predictions", configuration.topics.predictions),
                ("topic of metrics", configuration.topics.metrics),
                ("topic of dead letters", configuration.topics.deadLetters),
            ] {
                check(what) {
                    guard let partitions = topics[name] else {
                        return
                            "\(name) comes with its first record if the brokers create topics by themselves; otherwise create it"
                    }
                    return "\(name), \(partitions.count) partitions"
                }
            }
            check("group") {
                let partitions = (topics[configuration.inputTopic] ?? []).map {
                    TopicPartition(topic: configuration.inputTopic, partition: $0)
                }
                let committed = try consumer.committed(partitions, timeoutMilliseconds: 10_000)
                return
                    "\(configuration.consumer.group), \(committed.isEmpty ? "nothing committed yet" : "committed in \(committed.count) partitions")"
            }
            check("round trip") { try roundTrip(configuration, consumer) }
        }
        if !isWell { throw ExitCode(2) }
    }

    /// Loads the network as the service would.
    private func network(_ configuration: Configuration) throws -> String {
        let answers = configuration.frames.answers
        let plan = try LoadedModel(path: configuration.frames.weights, withoutHead: answers == .memory).plan
        let sessions = try configuration.sessionLimit(of: plan)
        return
            "\(plan.name), frames of \(plan.inputShape), \(plan.outputShape.count) \(answers == .memory ? "features" : "classes"), receptive field \(plan.timing.receptiveField); at most \(sessions) sessions of \(plan.stateBytes) bytes"
    }

    private func folder(_ path: String) throws -> String {
        let store = try SnapshotStore(folder: path, keep: 1)
        let newest = try store.newest { path, error in Terminal.note("\(path): \(error)") }
        guard let newest else { return "\(path), no state yet" }
        return "\(path), snapshot \(newest.manifest.number) with \(newest.manifest.offsets.count) partitions"
    }

    /// One record to the metrics topic and back. Readers of metrics skip it: it has no value.
    private func roundTrip(_ configuration: Configuration, _ consumer: Consumer) throws -> String {
        let topic = configuration.topics.metrics
        let report = Mutex<Producer.DeliveryReport?>(nil)
        let start = ContinuousClock.now
        let producer = try Producer(properties: configuration.producerProperties) { sent in
            report.withLock { $0 = sent }
        }
        defer { producer.close() }
        let mark = Array("weir-doctor-\(UUID().uuidString)".utf8)
        try producer.send(topic: topic, key: mark, value: nil as [UInt8]?)
        try producer.flush(timeoutMilliseconds: 10_000)
        guard let sent = report.withLock({ $0 }) else {
            throw StreamError("no answer to a record for \(topic) within 10 s")
        }
        if let error = sent.error { throw error }
        try consumer.assign([
            TopicPartitionOffset(
                topic: topic, partition: sent.partition, offset: sent.offset ?? TopicPartitionOffset.beginning
            )
        ])
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            let batch = try consumer.poll(maximum: 100, timeoutMilliseconds: 200)
            for error in batch.errors { throw error.error }
            for index in 0..<batch.count where batch[index].key.map(Array.init) == mark {
                return "\(topic) in \(Int(start.duration(to: .now) / .milliseconds(1))) ms"
            }
        }
        throw StreamError(
            "a record sent to \(topic) did not come back within 10 s: check the right to read it")
    }
}
