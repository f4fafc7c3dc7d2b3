import CRdKafka

extension Consumer {
    /// Who has joined this consumer's group, as far as this user may see it. Who only commits in its name does not show.
    ///
    /// By librdkafka's older call: its newer one never returns, nor does closing, where a broker cannot describe groups.
    public func members(timeoutMilliseconds: Int) throws -> [GroupMember] {
        var members: [GroupMember] = []
        try state.faults.check(
            Self.members(of: group, open(), timeoutMilliseconds: timeoutMilliseconds, &members),
            "asking who is in group \(group)")
        return members
    }

    /// The same on any thread.
    static func members(
        of group: String, _ client: OpaquePointer, timeoutMilliseconds: Int, _ members: inout [GroupMember]
    ) -> rd_kafka_resp_err_t {
        var list: UnsafePointer<rd_kafka_group_list>?
        let code = rd_kafka_list_groups(client, group, &list, Int32(clamping: timeoutMilliseconds))
        // A part of the answer comes with an error.
        guard let list else { return code }
        defer { rd_kafka_group_list_destroy(list) }
        members = UnsafeBufferPointer(
            start: list.pointee.groups, count: Int(list.pointee.group_cnt)
        ).flatMap {
            UnsafeBufferPointer(start: $0.members, count: Int($0.member_cnt)).map {
                GroupMember(
                    clientID: $0.client_id.map { String(cString: $0) } ?? "",
                    host: $0.client_host.map { String(cString: $0) } ?? "")
            }
        }
        return code == RD_KAFKA_RESP_ERR__PARTIAL ? RD_KAFKA_RESP_ERR_NO_ERROR : code
    }

    /// Tries whether this consumer may commit for its group, without committing anything: what is sent is of a
    /// partition that no topic has. The broker looks at the rights first, and then refuses the partition.
    ///
    /// - Throws: `GROUP_AUTHORIZATION_FAILED` or `TOPIC_AUTHORIZATION_FAILED` without the right to read group or topic.
    public func tryCommit(of topic: String, timeoutMilliseconds: Int) throws {
        do {
            try commit(
                [TopicPartitionOffset(topic: topic, partition: .max, offset: 0)],
                timeoutMilliseconds: timeoutMilliseconds)
        } catch let error as KafkaError
            where error.code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART.rawValue
        {
            // It may.
        }
    }

    /// Asks what is committed. Without the right on the group librdkafka looks for its coordinator until the time is
    /// over; why, it says only in an event, which comes to who polls. Before partitions are assigned.
    func askCommitted(
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>, timeoutMilliseconds: Int
    ) throws -> rd_kafka_resp_err_t {
        let first = min(timeoutMilliseconds, 2_000)
        let code = rd_kafka_committed(try open(), list, Int32(clamping: first))
        guard code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__WAIT_COORD else {
            return code
        }
        _ = try poll(maximum: 1_000, timeoutMilliseconds: 0)
        for event in state.events {
            if case .failed(let error) = event,
                error.code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED.rawValue
            {
                throw error
            }
        }
        let rest = timeoutMilliseconds - first
        return rest > 0 ? rd_kafka_committed(try open(), list, Int32(clamping: rest)) : code
    }
}
