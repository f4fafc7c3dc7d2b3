/// Where a record stands in Kafka.
public struct RecordSource: Equatable, Hashable, Sendable {
    /// The topic.
    public var topic: String
    /// The partition, from 0.
    public var partition: Int32
    /// The offset in the partition, from 0.
    public var offset: Int64

    /// A place.
    ///
    /// - Parameters:
    ///   - topic: The topic.
    ///   - partition: The partition, from 0.
    ///   - offset: The offset in the partition, from 0.
    public init(topic: String, partition: Int32, offset: Int64) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }
}
