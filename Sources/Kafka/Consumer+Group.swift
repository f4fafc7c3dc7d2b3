import CRdKafka

extension Consumer {
    /// Who has joined this consumer's group. Who only commits in its name does not show.
    ///
    /// - Throws: `GROUP_AUTHORIZATION_FAILED` without a right on the group.
    public func members(timeoutMilliseconds: Int) throws -> [GroupMember] {
        let client = try open()
        let action = "asking who is in group \(group)"
        let request = try AdminRequest(
            client, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, timeoutMilliseconds: timeoutMilliseconds,
            action, state.faults
        ) { options, queue in
            group.withCString { name in
                var names: [UnsafePointer<CChar>?] = [name]
                rd_kafka_DescribeConsumerGroups(client, &names, 1, options, queue)
            }
        }
        var count = 0
        guard let result = rd_kafka_event_DescribeConsumerGroups_result(request.event),
            let groups = rd_kafka_DescribeConsumerGroups_result_groups(result, &count), count > 0
        else { return [] }
        let error = rd_kafka_ConsumerGroupDescription_error(groups[0])
        let code = error.map { rd_kafka_error_code($0) } ?? RD_KAFKA_RESP_ERR_NO_ERROR
        // Brokers of Kafka 4 say so of a group that nobody has used yet.
        if code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND { return [] }
        try state.faults.check(code, action)
        return (0..<rd_kafka_ConsumerGroupDescription_member_count(groups[0])).compactMap { index in
            guard let member = rd_kafka_ConsumerGroupDescription_member(groups[0], index) else { return nil }
            return GroupMember(
                clientID: rd_kafka_MemberDescription_client_id(member).map { String(cString: $0) } ?? "",
                host: rd_kafka_MemberDescription_host(member).map { String(cString: $0) } ?? "")
        }
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
            _ = try members(timeoutMilliseconds: 2_000)
        } catch let error as KafkaError where !error.isRetriable {
            throw error
        } catch {
            // It does not tell more than the question itself will.
        }
        let rest = timeoutMilliseconds - first
        return rest > 0 ? rd_kafka_committed(try open(), list, Int32(clamping: rest)) : code
    }
}
