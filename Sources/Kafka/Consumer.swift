import CRdKafka

/// Reads records from Kafka, alone or as a member of a group.
///
/// ```swift
/// let consumer = try Consumer(properties: ["bootstrap.servers": "localhost:9092", "group.id": "readers"])
/// try consumer.subscribe(["samples"])
/// while running {
///     let batch = try consumer.poll(maximum: 1_000, timeoutMilliseconds: 100)
///     for index in 0..<batch.count { use(batch[index]) }
///     for error in batch.errors { report(error) }
///     for event in consumer.takeEvents() { report(event) }
/// }
/// consumer.close()
/// ```
///
/// A consumer is owned by one thread, as its calls block: give it a thread of its own, never one of the cooperative
/// pool. It must be polled at least every `max.poll.interval.ms` or the group takes its partitions away.
///
/// Nothing is committed unless ``commit(_:timeoutMilliseconds:)`` or ``commitAsync(_:)`` is called. Methods throw
/// ``KafkaError``; after ``close()`` they throw `_DESTROY`.
public final class Consumer {
    /// How many records ``poll(maximum:timeoutMilliseconds:)`` hands out at most.
    public static let batchLimit = 1_000_000

    private static let defaults = [
        "enable.auto.commit": "false",
        "enable.auto.offset.store": "false",
        "allow.auto.create.topics": "false",
    ]

    let state: ConsumerState
    /// The group that it commits for.
    public let group: String
    private var client: ClientHandle?
    private var inquiry: GroupInquiry?
    private(set) var queue: OpaquePointer?
    var names = TopicNames()
    /// Room for what a poll gathers.
    var gathered: [UnsafeMutablePointer<rd_kafka_message_t>?] = []

    /// Opens a consumer. No connection is needed for it: brokers that cannot be reached show as events.
    ///
    /// - Parameter properties: any of librdkafka's, `bootstrap.servers` and `group.id` among them. Unless named,
    ///   `enable.auto.commit`, `enable.auto.offset.store` and `allow.auto.create.topics` are `false`. The assignor
    ///   `cooperative-sticky` of librdkafka before 2.4 ends the process when a consumer closes before it was assigned
    ///   anything. With `debug` or `log_level` librdkafka's log goes to standard error, otherwise nowhere.
    /// - Throws: an error that names the property if one is unknown or has a bad value.
    public init(properties: [String: String]) throws {
        guard let group = properties["group.id"], !group.isEmpty else {
            throw KafkaError(
                RD_KAFKA_RESP_ERR__UNKNOWN_GROUP, "property \"group.id\"",
                reason: "a consumer needs one, even if it only uses assign and never commits")
        }
        self.group = group
        var configuration = try Configuration(properties: properties, defaults: Self.defaults)
        state = ConsumerState(properties: properties)
        state.register(in: configuration)
        let pointer = try configuration.makeClient(RD_KAFKA_CONSUMER)
        client = ClientHandle(pointer, keepingAlive: state)
        rd_kafka_poll_set_consumer(pointer)
        queue = rd_kafka_queue_get_consumer(pointer)
    }

    deinit { close() }

    // MARK: Which partitions

    /// Joins the group and reads what it assigns of these topics, instead of what was subscribed before. A name that
    /// begins with `^` is a regular expression.
    public func subscribe(_ topics: [String]) throws {
        let list = PartitionList(
            topics.map { TopicPartition(topic: $0, partition: Int32(RD_KAFKA_PARTITION_UA)) })
        try KafkaError.check(
            rd_kafka_subscribe(open(), list.pointer), "subscribing to \(topics.joined(separator: ", "))")
    }

    /// Reads exactly these partitions from these offsets, without a group. Replaces what was assigned before.
    ///
    /// librdkafka waits without a word for a partition that does not exist: look at ``metadata(topics:timeoutMilliseconds:)``
    /// first.
    public func assign(_ positions: [TopicPartitionOffset]) throws {
        let list = PartitionList(positions)
        try KafkaError.check(rd_kafka_assign(open(), list.pointer), "assigning \(Self.name(positions))")
    }

    /// Reads these partitions too.
    public func incrementalAssign(_ positions: [TopicPartitionOffset]) throws {
        let list = PartitionList(positions)
        try KafkaError.check(
            rd_kafka_incremental_assign(open(), list.pointer), "assigning \(Self.name(positions))")
    }

    /// Reads these partitions no more.
    public func incrementalUnassign(_ partitions: [TopicPartition]) throws {
        let list = PartitionList(partitions)
        try KafkaError.check(
            rd_kafka_incremental_unassign(open(), list.pointer), "unassigning \(Self.name(partitions))")
    }

    /// The partitions read now; none after ``close()``.
    public var assignment: [TopicPartition] {
        guard let client else { return [] }
        var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
        guard rd_kafka_assignment(client.pointer, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else {
            return []
        }
        return PartitionList(owning: list).partitions
    }

    /// Called inside ``poll(maximum:timeoutMilliseconds:)`` when the group gives partitions: says where to begin, as
    /// from a snapshot. Partitions left out begin where the group committed, or where `auto.offset.reset` says.
    public var willAssign: (([TopicPartition]) -> [TopicPartitionOffset])? {
        get { state.willAssign }
        set { state.willAssign = newValue }
    }

    /// Called inside ``poll(maximum:timeoutMilliseconds:)`` and ``close()`` before partitions are given up: the last
    /// moment to commit them. Not called when they are lost.
    public var willRevoke: (([TopicPartition]) -> Void)? {
        get { state.willRevoke }
        set { state.willRevoke = newValue }
    }

    // MARK: Where in them

    /// Reads on from `position`, whose partition must be assigned and being fetched (`_STATE` if it is not yet).
    public func seek(to position: TopicPartitionOffset, timeoutMilliseconds: Int) throws {
        let list = PartitionList([position])
        let action = "seeking to \(position.offset) in"
        try KafkaError.check(
            rd_kafka_seek_partitions(open(), list.pointer, Int32(clamping: timeoutMilliseconds)),
            "\(action) \(Self.name([position]))")
        try list.check(action)
    }

    /// Hands out no records of these partitions until ``resume(_:)``. The group keeps them assigned.
    public func pause(_ partitions: [TopicPartition]) throws {
        let list = PartitionList(partitions)
        try KafkaError.check(
            rd_kafka_pause_partitions(open(), list.pointer), "pausing \(Self.name(partitions))")
        try list.check("pausing")
    }

    /// Takes up partitions that were paused.
    public func resume(_ partitions: [TopicPartition]) throws {
        let list = PartitionList(partitions)
        try KafkaError.check(
            rd_kafka_resume_partitions(open(), list.pointer), "resuming \(Self.name(partitions))")
        try list.check("resuming")
    }

    /// The oldest offset of a partition and the one after its newest, asked of the broker.
    public func watermarks(of partition: TopicPartition, timeoutMilliseconds: Int) throws -> (
        low: Int64, high: Int64
    ) {
        let start = ContinuousClock.now
        let low = try offset(
            TopicPartitionOffset.beginning, of: partition, timeoutMilliseconds: timeoutMilliseconds)
        let taken = Int(start.duration(to: .now) / .milliseconds(1))
        let high = try offset(
            TopicPartitionOffset.end, of: partition,
            timeoutMilliseconds: max(100, timeoutMilliseconds - taken))
        return (low, high)
    }

    /// One end of a partition. Asked for as the offset of a time, of which both ends are special ones: librdkafka's call for
    /// the ends (2.0.2) takes no notice of its time limit and asks a leader that is gone for ever.
    private func offset(
        _ end: Int64, of partition: TopicPartition, timeoutMilliseconds: Int
    ) throws -> Int64 {
        let list = PartitionList([TopicPartitionOffset(partition, offset: end)])
        let action = "asking for the ends of"
        try state.faults.check(
            rd_kafka_offsets_for_times(open(), list.pointer, Int32(clamping: timeoutMilliseconds)),
            "\(action) \(Self.name([partition]))")
        try list.check(action)
        return list.pointer.pointee.elems.pointee.offset
    }

    /// The offset after the newest record of a partition as of the last answer to a fetch; nil before the first.
    /// Asks nobody.
    public func knownEnd(of partition: TopicPartition) -> Int64? {
        guard let client else { return nil }
        var low: Int64 = 0
        var high: Int64 = 0
        let code = rd_kafka_get_watermark_offsets(
            client.pointer, partition.topic, partition.partition, &low, &high)
        return code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? high : nil
    }

    // MARK: The group

    /// Asks what is committed for these partitions, and if need be who is in the group, without waiting. One question at a
    /// time.
    public func askGroup(_ partitions: [TopicPartition], withMembers: Bool) throws {
        let client = try open()
        let inquiry = inquiry ?? GroupInquiry(client: client, group: group)
        self.inquiry = inquiry
        inquiry.ask(partitions, withMembers: withMembers)
    }

    /// What was answered since to ``askGroup(_:withMembers:)``; nil when nothing was.
    public func takeGroup() -> GroupState? { inquiry?.take() }

    // MARK: The rest

    /// Asks the cluster for its brokers and topics. Never creates a topic.
    ///
    /// A fault that does not pass by itself, such as a wrong password, ends the waiting as soon as it is known.
    ///
    /// - Parameters:
    ///   - topics: those wanted, or `nil` for all.
    ///   - waitsForBrokers: whether brokers that are away are waited for, as long as the time allows.
    public func metadata(
        topics: [String]? = nil, timeoutMilliseconds: Int, waitsForBrokers: Bool = true
    ) throws -> Metadata {
        try Metadata.fetch(
            from: open(), topics: topics, timeoutMilliseconds: timeoutMilliseconds, state.faults,
            waitsForBrokers: waitsForBrokers)
    }

    /// The newest statistics; `nil` unless the property `statistics.interval.ms` is set and the first have come.
    public var statistics: Statistics? { state.statistics.statistics }

    /// What happened since the last call, oldest first; the newest 1,000.
    public func takeEvents() -> [ConsumerEvent] { state.takeEvents() }

    /// Leaves the group, which may call ``willRevoke``. Batches stay valid. Calling it again does nothing. A client that
    /// does not let go within some seconds is left behind.
    public func close() {
        guard let open = client else { return }
        ClientClosing.run { [inquiry] in
            inquiry?.wait()
            rd_kafka_consumer_close(open.pointer)
        }
        if let queue { rd_kafka_queue_destroy(queue) }
        queue = nil
        client = nil
    }

    func open() throws -> OpaquePointer { try handle().pointer }

    func handle() throws -> ClientHandle {
        guard let client else {
            throw KafkaError(RD_KAFKA_RESP_ERR__DESTROY, "the consumer", reason: "it is closed")
        }
        return client
    }

    static func name(_ partitions: [TopicPartition]) -> String {
        let shown = partitions.prefix(8).map { "\($0.topic)[\($0.partition)]" }.joined(separator: ", ")
        return partitions.count > 8 ? "\(shown) and \(partitions.count - 8) more" : shown
    }

    static func name(_ positions: [TopicPartitionOffset]) -> String {
        name(positions.map(\.topicPartition))
    }
}
