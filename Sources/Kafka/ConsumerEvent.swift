/// What happened to a consumer beside the records it read. See ``Consumer/takeEvents()``.
public enum ConsumerEvent: Sendable {
    /// The group gave these partitions to this consumer, in addition to what it had.
    case assigned([TopicPartition])
    /// The group took these partitions from this consumer.
    case revoked([TopicPartition])
    /// These partitions were taken without notice, as after a missed session: another consumer may read them already.
    case lost([TopicPartition])
    /// An asynchronous commit failed.
    case commitFailed(KafkaError)
    /// Something went wrong that the client goes on trying to mend, such as a broker that is down.
    case failed(KafkaError)
}
