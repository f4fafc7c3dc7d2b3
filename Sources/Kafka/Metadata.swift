import CRdKafka

/// What a cluster says about itself: its brokers, its topics and their partitions.
public struct Metadata: Sendable {
    /// One broker of the cluster.
    public struct Broker: Hashable, Sendable {
        /// The broker's number in the cluster.
        public let id: Int32
        /// The host under which clients are to reach it.
        public let host: String
        /// The port under which clients are to reach it.
        public let port: Int
    }

    /// The partition numbers of each topic, ascending. A topic that does not exist is absent.
    public let topics: [String: [Int32]]
    /// The brokers, by number.
    public let brokers: [Broker]

    /// Asks for all topics and picks here: a request that names a topic creates it on brokers that allow that.
    ///
    /// - Parameters:
    ///   - faults: what the client's connections suffer meanwhile.
    ///   - waitsForBrokers: whether a fault that may pass is waited out.
    static func fetch(
        from client: OpaquePointer, topics wanted: [String]?, timeoutMilliseconds: Int,
        _ faults: ConnectionFaults, waitsForBrokers: Bool
    ) throws -> Metadata {
        var answer: UnsafePointer<rd_kafka_metadata>?
        let start = ContinuousClock.now
        let deadline = start + .milliseconds(timeoutMilliseconds)
        // In growing pieces: between them is looked whether waiting is of any use. The last has half of the time, so
        // that a cluster that answers slowly gets to answer.
        var piece = 250
        while true {
            let left = max(0, Int(ContinuousClock.now.duration(to: deadline) / .milliseconds(1)))
            let isLast = left < 2 * piece
            let code = rd_kafka_metadata(client, 1, nil, &answer, Int32(clamping: isLast ? left : piece))
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { break }
            let action = "asking the cluster for its metadata"
            if let fault = faults.causeOfAll(since: start, lasting: waitsForBrokers) {
                throw KafkaError(fault, action)
            }
            guard !isLast, code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__TIMED_OUT else {
                throw faults.error(code, action)
            }
            piece *= 2
        }
        faults.clear()
        guard let answer else { return Metadata(topics: [:], brokers: []) }
        defer { rd_kafka_metadata_destroy(answer) }
        let names = wanted.map(Set.init)
        var topics: [String: [Int32]] = [:]
        for topic in UnsafeBufferPointer(start: answer.pointee.topics, count: Int(answer.pointee.topic_cnt)) {
            let name = String(cString: topic.topic)
            guard names?.contains(name) ?? true else { continue }
            if topic.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART { continue }
            let partitions = UnsafeBufferPointer(start: topic.partitions, count: Int(topic.partition_cnt))
            topics[name] = partitions.map(\.id).sorted()
        }
        let brokers = UnsafeBufferPointer(
            start: answer.pointee.brokers, count: Int(answer.pointee.broker_cnt)
        )
        .map { Broker(id: $0.id, host: String(cString: $0.host), port: Int($0.port)) }
        return Metadata(topics: topics, brokers: brokers.sorted { $0.id < $1.id })
    }
}
