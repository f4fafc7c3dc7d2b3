/// One partition of a topic.
public struct TopicPartition: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The topic's name.
    public let topic: String
    /// The partition's number, from 0.
    public let partition: Int32

    /// Names a partition.
    public init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    /// By topic, then by number.
    public static func < (first: TopicPartition, second: TopicPartition) -> Bool {
        first.topic == second.topic ? first.partition < second.partition : first.topic < second.topic
    }

    /// The topic and the number, for people.
    public var description: String { "\(topic) partition \(partition)" }
}
