/// An error that concerns one partition, or one topic, while the others go on.
public struct PartitionError: Error, Sendable, CustomStringConvertible {
    /// The topic's name.
    public let topic: String
    /// The partition's number, or -1 if the error concerns the topic as a whole.
    public let partition: Int32
    /// The offset that was to be read, if known.
    public let offset: Int64?
    /// What went wrong.
    public let error: KafkaError

    /// The whole of it on one line.
    public var description: String { error.description }
}
