import CRdKafka

extension Consumer {
    /// Waits for a record, then takes what else has been fetched, up to `maximum` records.
    ///
    /// - Parameter maximum: 1 to ``batchLimit``; more is taken as the limit, less as 1.
    /// - Returns: a batch, empty if nothing came in time. A partition that cannot be read is in its `errors`
    ///   (`_AUTO_OFFSET_RESET` when the offset is gone and `auto.offset.reset` is `error`, `UNKNOWN_TOPIC_OR_PART`,
    ///   `_PARTITION_EOF` when `enable.partition.eof` is set). What the client mends by itself comes as an event.
    /// - Throws: the error after which the client is of no more use.
    public func poll(maximum: Int, timeoutMilliseconds: Int) throws -> RecordBatch {
        let client = try handle()
        if let error = KafkaError.fatal(of: client.pointer) { throw error }
        guard let first = rd_kafka_consumer_poll(client.pointer, Int32(clamping: timeoutMilliseconds)) else {
            if let error = KafkaError.fatal(of: client.pointer) { throw error }
            return RecordBatch(client: client, messages: [], topics: [], errors: [])
        }
        state.revokedWhileGathering.removeAll()
        let more = min(max(maximum, 1), Self.batchLimit) - 1
        if gathered.count < more { gathered = Array(repeating: nil, count: more) }
        // Record by record: rd_kafka_consume_batch_queue of librdkafka before 2.1 skips offsets when a partition is
        // paused or resumed meanwhile.
        var taken = 0
        while taken < more, let message = rd_kafka_consumer_poll(client.pointer, 0) {
            gathered[taken] = message
            taken += 1
        }
        return makeBatch(client, first: first, taken: taken)
    }

    private func makeBatch(
        _ client: ClientHandle, first: UnsafeMutablePointer<rd_kafka_message_t>, taken: Int
    ) -> RecordBatch {
        var messages: [UnsafeMutablePointer<rd_kafka_message_t>] = []
        messages.reserveCapacity(taken + 1)
        var topics: [(handle: OpaquePointer, name: String)] = []
        var errors: [PartitionError] = []
        for index in -1..<taken {
            guard let message = index < 0 ? first : gathered[index] else { continue }
            guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR, let topic = message.pointee.rkt else {
                if let error = partitionError(message) { errors.append(error) }
                rd_kafka_message_destroy(message)
                continue
            }
            if topics.last?.handle != topic, !topics.contains(where: { $0.handle == topic }) {
                topics.append((topic, names.name(of: topic)))
            }
            // The group took the partition after this record was gathered. It was not handed out, so the next owner
            // reads it again.
            if !state.revokedWhileGathering.isEmpty, isRevoked(message, topics) {
                rd_kafka_message_destroy(message)
                continue
            }
            messages.append(message)
        }
        return RecordBatch(client: client, messages: messages, topics: topics, errors: errors)
    }

    private func isRevoked(
        _ message: UnsafeMutablePointer<rd_kafka_message_t>, _ topics: [(handle: OpaquePointer, name: String)]
    ) -> Bool {
        guard let topic = topics.first(where: { $0.handle == message.pointee.rkt }) else { return false }
        return state.revokedWhileGathering.contains(
            TopicPartition(topic: topic.name, partition: message.pointee.partition))
    }

    /// The error in place of a record; errors of no partition or topic become events.
    private func partitionError(_ message: UnsafeMutablePointer<rd_kafka_message_t>) -> PartitionError? {
        let code = message.pointee.err
        let reason = rd_kafka_message_errstr(message).map { String(cString: $0) }
        guard let handle = message.pointee.rkt else {
            if code != RD_KAFKA_RESP_ERR__FATAL {
                state.add(.failed(KafkaError(code, "the consumer", reason: reason)))
            }
            return nil
        }
        let topic = names.name(of: handle)
        // An error of a whole topic comes as one of partition 0, told apart by having no offset.
        let isOfTopic =
            message.pointee.partition == 0 && message.pointee.offset < 0
            && (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
                || code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        let partition = isOfTopic ? -1 : message.pointee.partition
        let place = partition < 0 ? topic : "\(topic)[\(partition)]"
        return PartitionError(
            topic: topic, partition: partition,
            offset: message.pointee.offset >= 0 ? message.pointee.offset : nil,
            error: KafkaError(code, "reading \(place)", reason: reason))
    }
}
