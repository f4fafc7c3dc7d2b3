import CRdKafka

extension Consumer {
    /// Commits for the group, and waits for the broker's answer.
    ///
    /// - Parameter offsets: of each partition the offset to go on from: that of the last record done, and one. Their
    ///   metadata is committed with them.
    public func commit(_ offsets: [TopicPartitionOffset], timeoutMilliseconds: Int = 30_000) throws {
        guard !offsets.isEmpty else { return }
        let client = try open()
        let list = PartitionList(offsets)
        // librdkafka's own synchronous commit has no timeout.
        let answers = rd_kafka_queue_new(client)
        defer { rd_kafka_queue_destroy(answers) }
        let action = "committing \(Self.name(offsets))"
        try KafkaError.check(rd_kafka_commit_queue(client, list.pointer, answers, nil, nil), action)
        guard let event = rd_kafka_queue_poll(answers, Int32(clamping: timeoutMilliseconds)) else {
            throw KafkaError(
                RD_KAFKA_RESP_ERR__TIMED_OUT, action, reason: "no answer within \(timeoutMilliseconds) ms")
        }
        defer { rd_kafka_event_destroy(event) }
        if let answer = rd_kafka_event_topic_partition_list(event) {
            try PartitionList.check(answer, "committing")
        }
        try KafkaError.check(rd_kafka_event_error(event), action)
    }

    /// Commits for the group without waiting. A failure comes as ``ConsumerEvent/commitFailed(_:)``.
    ///
    /// - Parameter offsets: of each partition the offset to go on from: that of the last record done, and one.
    public func commitAsync(_ offsets: [TopicPartitionOffset]) throws {
        guard !offsets.isEmpty else { return }
        let list = PartitionList(offsets)
        try KafkaError.check(
            rd_kafka_commit_queue(
                open(), list.pointer, queue,
                { _, code, list, opaque in
                    guard code != RD_KAFKA_RESP_ERR_NO_ERROR, let state = ConsumerState.from(opaque) else {
                        return
                    }
                    let partitions = list.map { Consumer.name(PartitionList.partitions(of: $0)) } ?? ""
                    state.add(.commitFailed(KafkaError(code, "committing \(partitions)")))
                }, Unmanaged.passUnretained(state).toOpaque()),
            "committing \(Self.name(offsets))")
    }

    /// Where the group would go on from in each partition, with the metadata of the commit. Partitions without a commit
    /// are absent.
    public func committed(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int
    ) throws -> [TopicPartition: TopicPartitionOffset] {
        let list = PartitionList(partitions)
        try state.faults.check(
            askCommitted(list.pointer, timeoutMilliseconds: timeoutMilliseconds),
            "asking what is committed of \(Self.name(partitions))")
        try list.check("asking what is committed of")
        return PartitionList.positions(of: list.pointer)
    }
}
