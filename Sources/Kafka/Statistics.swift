import Foundation

/// What librdkafka says about a consumer every `statistics.interval.ms`.
public struct Statistics: Sendable {
    /// One assigned partition.
    public struct Partition: Sendable {
        /// The topic's name.
        public let topic: String
        /// The partition's number.
        public let partition: Int32
        /// How many records lie between the last one handed out by `poll` and the end of what can be read; `nil` until
        /// both are known.
        public let lag: Int64?
        /// The end of the partition as of the last fetch, or `nil`.
        public let highWatermark: Int64?
        /// The end of what can be read without records of open transactions (the last stable offset) as of the last fetch,
        /// or `nil`.
        public let stableEnd: Int64?
        /// Whether its leader is known and the connection to it stands: otherwise the ends may be old.
        public let isLeaderConnected: Bool
        /// Records fetched that `poll` has not handed out.
        public let queuedMessages: Int
        /// The bytes of those.
        public let queuedBytes: Int
    }

    /// One broker the consumer knows.
    public struct Broker: Sendable {
        /// Host, port and number.
        public let name: String
        /// The broker's number, -1 for a bootstrap address.
        public let id: Int32
        /// librdkafka's state of the connection: `UP`, `DOWN`, `INIT`, `CONNECT` and others.
        public let state: String
    }

    /// When this was gathered, in milliseconds since 1970.
    public let timestampMilliseconds: Int64
    /// The assigned partitions, by topic and number.
    public let partitions: [Partition]
    /// By place where it stands in ``partitions``.
    private let numbers: [TopicPartition: Int]
    /// The brokers, by name.
    public let brokers: [Broker]
    /// Records fetched that `poll` has not handed out.
    public let queuedMessages: Int
    /// Bytes received from brokers since the consumer began.
    public let receivedBytes: Int64
    /// Bytes sent to brokers since the consumer began.
    public let sentBytes: Int64

    /// One partition; `nil` if it is not assigned.
    public func partition(_ place: TopicPartition) -> Partition? {
        numbers[place].map { partitions[$0] }
    }

    /// The lag of one partition; `nil` if it is not assigned or not known yet.
    public func lag(of partition: TopicPartition) -> Int64? { self.partition(partition)?.lag }

    package init(json: Data) throws {
        let wire = try JSONDecoder().decode(Wire.self, from: json)
        timestampMilliseconds = wire.time * 1000
        receivedBytes = wire.rx_bytes
        sentBytes = wire.tx_bytes
        brokers = wire.brokers.values
            .map { Broker(name: $0.name, id: $0.nodeid, state: $0.state) }
            .sorted { $0.name < $1.name }
        let connected = Set(
            wire.brokers.values.filter { $0.state == "UP" || $0.state == "UPDATE" }.map(\.nodeid))
        partitions = wire.topics.values
            .flatMap { topic in
                topic.partitions.values.filter { $0.partition >= 0 && $0.desired }.map { partition in
                    let end = partition.ls_offset >= 0 ? partition.ls_offset : partition.hi_offset
                    let isKnown = end >= 0 && partition.app_offset >= 0
                    return Partition(
                        topic: topic.topic, partition: partition.partition,
                        lag: isKnown ? max(0, end - partition.app_offset) : nil,
                        highWatermark: partition.hi_offset >= 0 ? partition.hi_offset : nil,
                        stableEnd: partition.ls_offset >= 0 ? partition.ls_offset : nil,
                        isLeaderConnected: connected.contains(partition.leader),
                        queuedMessages: partition.fetchq_cnt, queuedBytes: partition.fetchq_size)
                }
            }
            .sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
        numbers = Dictionary(
            partitions.enumerated().map {
                (TopicPartition(topic: $1.topic, partition: $1.partition), $0)
            }
        ) { first, _ in first }
        queuedMessages = partitions.reduce(0) { $0 + $1.queuedMessages }
    }

    /// librdkafka's own names (STATISTICS.md).
    private struct Wire: Decodable {
        struct Broker: Decodable {
            let name: String
            let nodeid: Int32
            let state: String
        }
        struct Topic: Decodable {
            let topic: String
            let partitions: [String: Partition]
        }
        struct Partition: Decodable {
            let partition: Int32
            let desired: Bool
            let leader: Int32
            let fetchq_cnt: Int
            let fetchq_size: Int
            let app_offset: Int64
            let hi_offset: Int64
            let ls_offset: Int64
        }
        let time: Int64
        let rx_bytes: Int64
        let tx_bytes: Int64
        let brokers: [String: Broker]
        let topics: [String: Topic]
    }
}
