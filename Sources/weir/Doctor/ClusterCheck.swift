import Foundation
import Kafka
import KafkaStreaming
import Streaming
import Synchronization
import Text

/// Whether a cluster has what a stream needs, and lets it.
struct ClusterCheck {
    /// How long one question may take.
    private static let patience = 10_000

    private let configuration: Configuration
    private let consumer: Consumer

    /// Opens a consumer with the properties of the service's.
    init(_ configuration: Configuration) throws {
        self.configuration = configuration
        consumer = try Consumer(
            properties: configuration.consumerProperties.merging(["enable.partition.eof": "true"]) { $1 })
    }

    /// Lets go of the cluster.
    func close() { consumer.close() }

    /// Looks at everything; what hangs on something that failed is left out.
    ///
    /// - Parameter state: what the newest snapshot says of itself; nil when there is none.
    /// - Throws: when a finding cannot be printed.
    func run(_ state: Snapshot.Manifest?, _ findings: inout Findings) throws {
        var topics: [String: [Int32]] = [:]
        let isReached = try findings.check("brokers") {
            let metadata = try consumer.metadata(timeoutMilliseconds: Self.patience, waitsForBrokers: false)
            topics = metadata.topics
            return metadata.brokers.map { "\($0.host):\($0.port)" }.joined(separator: ", ")
        }
        guard isReached else { return }
        let input = configuration.inputTopic
        let isReadable = try findings.check("topic of \(configuration.hasFrames ? "frames" : "samples")") {
            try needing("Read", on: "topic", input) { try read(input, topics[input] ?? []) }
        }
        if isReadable, let state {
            try findings.check("state and topic") {
                try SnapshotTopic.check(state, configuration: configuration)
                return "the topic is the one that the state has read"
            }
        }
        let outputs = [
            ("topic of predictions", configuration.topics.predictions),
            ("topic of metrics", configuration.topics.metrics),
            ("topic of dead letters", configuration.topics.deadLetters),
        ]
        let written = Result { try write(to: outputs.map(\.1).filter { topics[$0] != nil }) }
        for (what, name) in outputs {
            try findings.check(what) {
                try needing("Write", on: "topic", name) {
                    try output(name, topics[name], written.get()[name] ?? nil)
                }
            }
        }
        try findings.check("group") {
            try needing("Read", on: "group", configuration.consumer.group) {
                try group(topics[input] ?? [], isReadable: isReadable)
            }
        }
        if topics[input] != nil, topics[configuration.topics.deadLetters] != nil {
            try compareSizes(&findings)
        }
    }

    /// Says of a right that is missing which it is, and how it is granted.
    private func needing(
        _ right: String, on kind: String, _ name: String, _ body: () throws -> String
    ) throws -> String {
        do {
            return try body()
        } catch let error as KafkaError where error.name.hasSuffix("AUTHORIZATION_FAILED") {
            throw StreamError(
                "\(error.message) [\(error.name) \(error.code)]. Grant \(right): `kafka-acls.sh --bootstrap-server \(configuration.brokers.shellWord) --add --allow-principal User:… --operation \(right) --\(kind) \(name.shellWord)`"
            )
        }
    }

    /// Reads a topic as the service does, from its end: a fetch is answered only with the right to read.
    private func read(_ topic: String, _ partitions: [Int32]) throws -> String {
        guard !partitions.isEmpty else {
            let fault = try consumer.topicFault(topic, timeoutMilliseconds: Self.patience)
            if let fault, fault.name == "TOPIC_AUTHORIZATION_FAILED" { throw fault }
            throw StreamError(
                "there is no \(topic), or this user has no right to see it; create it (`kafka-topics.sh --bootstrap-server \(configuration.brokers.shellWord) --create --topic \(topic) --partitions 4`) or grant Read on it"
            )
        }
        var count: Int64 = 0
        var waiting: Set<Int32> = []
        var ends: [TopicPartitionOffset] = []
        for partition in partitions {
            let place = TopicPartition(topic: topic, partition: partition)
            let (low, high) = try consumer.watermarks(of: place, timeoutMilliseconds: Self.patience)
            count += high - low
            waiting.insert(partition)
            ends.append(TopicPartitionOffset(place, offset: high))
        }
        try consumer.assign(ends)
        defer { try? consumer.assign([]) }
        let deadline = ContinuousClock.now + .milliseconds(Self.patience)
        while !waiting.isEmpty {
            guard ContinuousClock.now < deadline else {
                throw StreamError(
                    "\(topic): no answer to a fetch from partition \(waiting.min() ?? 0) within \(Self.patience / 1_000) s; check that its leader runs and can be reached"
                )
            }
            let batch = try consumer.poll(maximum: 100, timeoutMilliseconds: 100)
            for index in 0..<batch.count { waiting.remove(batch[index].partition) }
            for error in batch.errors {
                switch error.error.name {
                case "_PARTITION_EOF", "_AUTO_OFFSET_RESET", "OFFSET_OUT_OF_RANGE":
                    waiting.remove(error.partition)
                default:
                    if !error.error.isRetriable { throw error.error }
                }
            }
        }
        return "\(topic), \(partitions.count) partitions, \(count) records, can be read"
    }

    private func output(_ topic: String, _ partitions: [Int32]?, _ fault: KafkaError?) throws -> String {
        if let fault { throw fault }
        if let partitions { return "\(topic), \(partitions.count) partitions, can be written" }
        let fault = try consumer.topicFault(topic, timeoutMilliseconds: Self.patience)
        if let fault, fault.name == "TOPIC_AUTHORIZATION_FAILED" { throw fault }
        return
            "\(topic) comes with its first record if the brokers create topics by themselves; otherwise create it"
    }

    /// Tries to write to topics that are there.
    ///
    /// With `acks` 2, which no broker of Apache Kafka takes: it looks at the right first, then says
    /// `INVALID_REQUIRED_ACKS` and keeps nothing. To others it is a record like any.
    ///
    /// - Returns: by topic why it cannot be written.
    private func write(to topics: [String]) throws -> [String: KafkaError] {
        var properties = configuration.producerProperties
        for name in ["acks", "transactional.id", "enable.gapless.guarantee"] { properties[name] = nil }
        properties.merge(["request.required.acks": "2", "enable.idempotence": "false"]) { $1 }
        let answers = Mutex<[String: KafkaError?]>([:])
        let producer = try Producer(properties: properties) { report in
            answers.withLock { $0[report.topic] = .some(report.error) }
        }
        let mark = Array("\(Doctor.keyPrefix)\(UUID().uuidString)".utf8)
        var faults: [String: KafkaError] = [:]
        for topic in topics {
            do {
                try producer.send(topic: topic, key: mark, value: nil as [UInt8]?)
            } catch let error as KafkaError {
                faults[topic] = error
            }
        }
        // What is not delivered in time is reported too when the producer is closed.
        producer.close(timeoutMilliseconds: Self.patience)
        for (topic, error) in answers.withLock({ $0 }) {
            if let error, error.name != "INVALID_REQUIRED_ACKS" { faults[topic] = error }
        }
        return faults
    }

    /// Asks as the group, and tries whether it may commit.
    private func group(_ partitions: [Int32], isReadable: Bool) throws -> String {
        let name = configuration.consumer.group
        let input = configuration.inputTopic
        let committed = try consumer.committed(
            partitions.map { TopicPartition(topic: input, partition: $0) }, timeoutMilliseconds: Self.patience
        )
        // Without the right to read the topic it would be that which is missing, and said already.
        if isReadable { try consumer.tryCommit(of: input, timeoutMilliseconds: Self.patience) }
        // Not every broker answers that, and who joined is not needed to go on.
        let members = (try? consumer.members(timeoutMilliseconds: Self.patience)) ?? []
        guard members.isEmpty else {
            let who = Set(members.map { "\($0.clientID) from \($0.host)" }).sorted().joined(separator: ", ")
            throw StreamError(
                "\(members.count) consumers have joined \(name): \(who). Weir reads without joining, and cannot commit beside them; give it a consumer.group of its own"
            )
        }
        return
            "\(name), \(committed.isEmpty ? "nothing committed yet" : "committed in \(committed.count) partitions")"
    }

    /// Whether a dead letter of the largest record fits its topic.
    private func compareSizes(_ findings: inout Findings) throws {
        let setting = "max.message.bytes"
        let input = configuration.inputTopic
        let deadLetters = configuration.topics.deadLetters
        // What a dead letter has beside the record: eleven headers with place, reason and ids.
        let headers = 4_096
        let sizes = Result {
            let values = try consumer.setting(
                setting, of: [input, deadLetters], timeoutMilliseconds: 3_000)
            return try [input, deadLetters].map { Int(try values[$0]?.get() ?? "") }
        }
        switch sizes {
        case .success(let sizes):
            guard let taken = sizes[0], let kept = sizes[1] else {
                return try findings.note(
                    "sizes", "\(setting) of the topics is not known, and was not compared")
            }
            guard kept < taken + headers else {
                try findings.check("sizes") { "records of \(taken) bytes, dead letters of \(kept)" }
                return
            }
            try findings.note(
                "sizes",
                "\(input) takes records of \(taken) bytes, \(deadLetters) of \(kept): dead letters above that are cut to what fits. To keep them whole: `kafka-configs.sh --bootstrap-server \(configuration.brokers.shellWord) --alter --entity-type topics --entity-name \(deadLetters) --add-config \(setting)=\(taken + 65_536)`"
            )
        case .failure(let error as KafkaError) where error.name.hasSuffix("AUTHORIZATION_FAILED"):
            try findings.note(
                "sizes",
                "\(setting) of the topics was not compared, as this user may not look at it (DescribeConfigs); that of \(deadLetters) should be larger than that of \(input)"
            )
        case .failure(let error):
            try findings.note("sizes", "\(setting) of the topics was not compared: \(error)")
        }
    }
}
