import CRdKafka
import Foundation
import Synchronization

/// The one thread on which a producer's reports are handed out; it also destroys the client at its end.
///
/// `@unchecked Sendable`: a `rd_kafka_t` and its queue may be used from any thread; the rest is atomic or constant.
final class DeliveryThread: @unchecked Sendable {
    let client: OpaquePointer
    private let queue: OpaquePointer
    private let onDelivery: @Sendable (Producer.DeliveryReport) -> Void
    private let onError: @Sendable (KafkaError) -> Void
    private let state: ClientState
    private let isStopping = Atomic(false)
    /// Whether the queue is there: it is destroyed by its own thread, and yielded by others.
    private let hasQueue = Mutex(true)
    private let threadID = Atomic<UInt>(0)
    private let finished = DispatchSemaphore(value: 0)

    /// Starts the thread.
    init(
        client: OpaquePointer, keepingAlive state: ClientState,
        onDelivery: @escaping @Sendable (Producer.DeliveryReport) -> Void,
        onError: @escaping @Sendable (KafkaError) -> Void
    ) {
        self.client = client
        self.state = state
        self.onDelivery = onDelivery
        self.onError = onError
        queue = rd_kafka_queue_get_main(client)
        let thread = Thread { self.run() }
        thread.name = "kafka.delivery"
        thread.start()
    }

    /// What its connections suffered.
    var faults: ConnectionFaults { state.faults }

    var isCurrent: Bool { threadID.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// Gives up what is undelivered, ends the thread and waits for that, unless called on it.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        hasQueue.withLock { if $0 { rd_kafka_queue_yield(queue) } }
        // Giving up what is undelivered takes a second at most; the rest may never return.
        if !isCurrent { ClientClosing.wait(for: finished) }
    }

    private func run() {
        threadID.store(UInt(pthread_self()), ordering: .relaxed)
        var names = TopicNames()
        while !isStopping.load(ordering: .acquiring) { serve(timeoutMilliseconds: 1_000, &names) }
        // Every message gets its report, those given up too.
        if rd_kafka_outq_len(client) > 0 {
            rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
            while rd_kafka_outq_len(client) > 0, serve(timeoutMilliseconds: 1_000, &names) {}
        }
        hasQueue.withLock {
            $0 = false
            rd_kafka_queue_destroy(queue)
        }
        rd_kafka_destroy(client)
        finished.signal()
    }

    @discardableResult
    private func serve(timeoutMilliseconds: Int32, _ names: inout TopicNames) -> Bool {
        guard let event = rd_kafka_queue_poll(queue, timeoutMilliseconds) else { return false }
        // `flush` returns when the messages of the last event are freed, so after their reports were handed out.
        defer { rd_kafka_event_destroy(event) }
        switch rd_kafka_event_type(event) {
        case RD_KAFKA_EVENT_DR:
            while let message = rd_kafka_event_message_next(event) { report(message, &names) }
        case RD_KAFKA_EVENT_ERROR:
            let code = rd_kafka_event_error(event)
            if code == RD_KAFKA_RESP_ERR__FATAL, let error = KafkaError.fatal(of: client) {
                onError(error)
            } else {
                let reason = rd_kafka_event_error_string(event).map { String(cString: $0) }
                onError(state.faults.error(code, "the producer's connection", said: reason))
            }
        default:
            break
        }
        return true
    }

    private func report(_ message: UnsafePointer<rd_kafka_message_t>, _ names: inout TopicNames) {
        let topic = message.pointee.rkt.map { names.name(of: $0) } ?? ""
        let code = message.pointee.err
        var error: KafkaError?
        if code != RD_KAFKA_RESP_ERR_NO_ERROR {
            let fatal = code == RD_KAFKA_RESP_ERR__FATAL ? KafkaError.fatal(of: client) : nil
            error =
                fatal
                ?? state.faults.error(
                    code, "message \(Int(bitPattern: message.pointee._private)) to \(topic)")
        }
        onDelivery(
            Producer.DeliveryReport(
                ticket: Int(bitPattern: message.pointee._private), topic: topic,
                partition: message.pointee.partition,
                offset: error == nil && message.pointee.offset >= 0 ? message.pointee.offset : nil,
                undelivered: error == nil ? nil : Self.content(of: message),
                error: error))
    }

    private static func content(of message: UnsafePointer<rd_kafka_message_t>) -> Producer.Message {
        func bytes(_ pointer: UnsafeMutableRawPointer?, _ count: Int) -> [UInt8]? {
            pointer.map { Array(UnsafeRawBufferPointer(start: $0, count: count)) }
        }
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let milliseconds = rd_kafka_message_timestamp(message, &type)
        var headers: OpaquePointer?
        let hasHeaders = rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR
        return Producer.Message(
            key: bytes(message.pointee.key, message.pointee.key_len),
            value: bytes(message.pointee.payload, message.pointee.len),
            headers: hasHeaders ? headers.map(Record.headers) ?? [] : [],
            timestampMilliseconds: type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || milliseconds < 0
                ? nil : milliseconds)
    }
}
