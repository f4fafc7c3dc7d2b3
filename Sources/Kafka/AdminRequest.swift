import CRdKafka

/// One question to the cluster's administration, and its answer.
struct AdminRequest: ~Copyable {
    /// The answer, which the request owns.
    let event: OpaquePointer
    private let queue: OpaquePointer

    /// Asks, and waits for the answer.
    ///
    /// - Parameter send: calls librdkafka's function with these options and this queue.
    /// - Throws: what went wrong with the whole request; faults of single items are in the answer.
    init(
        _ client: OpaquePointer, _ kind: rd_kafka_admin_op_t, timeoutMilliseconds: Int, _ action: String,
        _ faults: ConnectionFaults, _ send: (OpaquePointer?, OpaquePointer) -> Void
    ) throws {
        let options = rd_kafka_AdminOptions_new(client, kind)
        defer { rd_kafka_AdminOptions_destroy(options) }
        var text = [CChar](repeating: 0, count: 512)
        try KafkaError.check(
            rd_kafka_AdminOptions_set_request_timeout(
                options, Int32(clamping: timeoutMilliseconds), &text, text.count), action)
        let queue: OpaquePointer = rd_kafka_queue_new(client)
        send(options, queue)
        // The request's own time-out comes first, with a code.
        guard let event = rd_kafka_queue_poll(queue, Int32(clamping: timeoutMilliseconds + 1_000)) else {
            rd_kafka_queue_destroy(queue)
            throw faults.error(RD_KAFKA_RESP_ERR__TIMED_OUT, action)
        }
        let code = rd_kafka_event_error(event)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            rd_kafka_event_destroy(event)
            rd_kafka_queue_destroy(queue)
            throw faults.error(code, action)
        }
        self.event = event
        self.queue = queue
    }

    deinit {
        rd_kafka_event_destroy(event)
        rd_kafka_queue_destroy(queue)
    }
}
