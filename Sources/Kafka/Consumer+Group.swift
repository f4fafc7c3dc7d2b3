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
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return code }
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
        return code
    }

    /// Throws the broker's refusal when this user has no right on the group.
    private func checkRight(timeoutMilliseconds: Int) throws {
        let client = try open()
        let action = "asking for group \(group)"
        let request = try AdminRequest(
            client, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, timeoutMilliseconds: timeoutMilliseconds,
            action, state.faults
        ) { options, queue in
            var asked: [OpaquePointer?] = [rd_kafka_ListConsumerGroupOffsets_new(group, nil)]
            rd_kafka_ListConsumerGroupOffsets(client, &asked, 1, options, queue)
            rd_kafka_ListConsumerGroupOffsets_destroy(asked[0])
        }
        var count = 0
        guard let result = rd_kafka_event_ListConsumerGroupOffsets_result(request.event),
            let groups = rd_kafka_ListConsumerGroupOffsets_result_groups(result, &count), count > 0,
            let error = rd_kafka_group_result_error(groups[0])
        else { return }
        try state.faults.check(rd_kafka_error_code(error), action)
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
    /// over, and does not say why; so after a while the group itself is asked for.
    func askCommitted(
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>, timeoutMilliseconds: Int
    ) throws -> rd_kafka_resp_err_t {
        let first = min(timeoutMilliseconds, 2_000)
        let code = rd_kafka_committed(try open(), list, Int32(clamping: first))
        guard code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__WAIT_COORD else {
            return code
        }
        do {
            try checkRight(timeoutMilliseconds: 2_000)
        } catch let error as KafkaError where !error.isRetriable {
            throw error
        } catch {
            // It does not tell more than the question itself will.
        }
        let rest = timeoutMilliseconds - first
        return rest > 0 ? rd_kafka_committed(try open(), list, Int32(clamping: rest)) : code
    }
}
