/// What a cluster says of a group.
public struct GroupState: Sendable {
    /// What is committed, as far as the group's coordinator told.
    public let committed: [TopicPartition: TopicPartitionOffset]
    /// The members that have joined, when they were asked for. A consumer that assigns its partitions by itself is none.
    public let members: [GroupMember]?
}
