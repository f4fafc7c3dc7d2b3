import CRdKafka

/// A place in a partition: the offset of the next record to read.
public struct TopicPartitionOffset: Hashable, Sendable {
    /// The topic's name.
    public let topic: String
    /// The partition's number, from 0.
    public let partition: Int32
    /// An offset, or one of `beginning`, `end`, `stored`.
    public let offset: Int64
    /// What is committed with the offset: ASCII text, which librdkafka before 2.6.1 keeps whole; nil for none.
    public let metadata: String?

    /// The oldest record still there.
    public static let beginning = Int64(RD_KAFKA_OFFSET_BEGINNING)
    /// After the newest record.
    public static let end = Int64(RD_KAFKA_OFFSET_END)
    /// Where the group committed, or where `auto.offset.reset` says if it did not.
    public static let stored = Int64(RD_KAFKA_OFFSET_STORED)

    /// Names a place in a partition.
    public init(topic: String, partition: Int32, offset: Int64, metadata: String? = nil) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.metadata = metadata
    }

    /// Names a place in a partition.
    public init(_ partition: TopicPartition, offset: Int64, metadata: String? = nil) {
        self.init(
            topic: partition.topic, partition: partition.partition, offset: offset, metadata: metadata)
    }

    /// The partition without the place in it.
    public var topicPartition: TopicPartition { TopicPartition(topic: topic, partition: partition) }
}
