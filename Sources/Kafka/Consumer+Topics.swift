import CRdKafka

extension Consumer {
    /// Why a topic is not among those of ``metadata(topics:timeoutMilliseconds:waitsForBrokers:)``: it does not exist
    /// (`UNKNOWN_TOPIC_OR_PART`), or this user has no right to see it (`TOPIC_AUTHORIZATION_FAILED`, also of a topic that
    /// does not exist).
    ///
    /// Asks for the topic by name, which Apache Kafka does not take as a wish to create it, as
    /// `allow.auto.create.topics` is `false`.
    ///
    /// - Returns: nil when there is nothing wrong with it.
    public func topicFault(_ topic: String, timeoutMilliseconds: Int) throws -> KafkaError? {
        let client = try open()
        guard let handle = rd_kafka_topic_new(client, topic, nil) else {
            throw KafkaError(rd_kafka_last_error(), "topic \(topic)")
        }
        defer { rd_kafka_topic_destroy(handle) }
        var answer: UnsafePointer<rd_kafka_metadata>?
        try state.faults.check(
            rd_kafka_metadata(client, 0, handle, &answer, Int32(clamping: timeoutMilliseconds)),
            "asking for topic \(topic)")
        guard let answer else { return nil }
        defer { rd_kafka_metadata_destroy(answer) }
        for found in UnsafeBufferPointer(start: answer.pointee.topics, count: Int(answer.pointee.topic_cnt))
        where String(cString: found.topic) == topic {
            if found.err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED {
                return KafkaError(
                    found.err, "topic \(topic)",
                    reason: "it does not exist, or this user has no right on it, not even to see it")
            }
            return found.err == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : KafkaError(found.err, "topic \(topic)")
        }
        return nil
    }

    /// A setting of topics, as the brokers have it.
    ///
    /// - Returns: by topic the value, or why it is not known: `TOPIC_AUTHORIZATION_FAILED` without the right
    ///   DescribeConfigs.
    public func setting(
        _ name: String, of topics: [String], timeoutMilliseconds: Int
    ) throws -> [String: Result<String, KafkaError>] {
        let client = try open()
        let request = try AdminRequest(
            client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeoutMilliseconds: timeoutMilliseconds,
            "asking for the settings of \(topics.joined(separator: ", "))", state.faults
        ) { options, queue in
            var resources = topics.map { rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, $0) }
            rd_kafka_DescribeConfigs(client, &resources, resources.count, options, queue)
            rd_kafka_ConfigResource_destroy_array(&resources, resources.count)
        }
        var count = 0
        guard let result = rd_kafka_event_DescribeConfigs_result(request.event),
            let resources = rd_kafka_DescribeConfigs_result_resources(result, &count)
        else { return [:] }
        var values: [String: Result<String, KafkaError>] = [:]
        for resource in UnsafeBufferPointer(start: resources, count: count) {
            guard let resource,
                let topic = rd_kafka_ConfigResource_name(resource).map({ String(cString: $0) })
            else { continue }
            let code = rd_kafka_ConfigResource_error(resource)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
                values[topic] = .failure(KafkaError(code, "asking for the settings of \(topic)"))
                continue
            }
            var entryCount = 0
            let entries = rd_kafka_ConfigResource_configs(resource, &entryCount)
            for entry in UnsafeBufferPointer(start: entries, count: entryCount) {
                guard let entry, String(cString: rd_kafka_ConfigEntry_name(entry)) == name,
                    let value = rd_kafka_ConfigEntry_value(entry)
                else { continue }
                values[topic] = .success(String(cString: value))
            }
        }
        return values
    }
}
