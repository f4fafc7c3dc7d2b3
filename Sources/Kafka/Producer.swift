import CRdKafka
import Foundation
import Synchronization

/// Writes records to Kafka.
///
/// ```swift
/// let producer = try Producer(properties: ["bootstrap.servers": "localhost:9092"]) { report in
///     if let error = report.error { failed(report.ticket, error) }
/// }
/// try producer.send(topic: "predictions", key: key, value: value, ticket: 7)
/// try producer.flush(timeoutMilliseconds: 5_000)
/// producer.close()
/// ```
///
/// `send` copies the message into a bounded queue; librdkafka sends it, tries again when that helps, and each message
/// gets exactly one ``DeliveryReport``. Any thread may call any method, but `send` and `flush` block and do not belong
/// on the cooperative pool, nor inside `onDelivery`, which would wait for itself. Methods throw ``KafkaError``; after
/// ``close(timeoutMilliseconds:)`` they throw `_DESTROY`.
public final class Producer: Sendable {
    private static let defaults = [
        "enable.idempotence": "true",
        // The same partition for a key as Java's clients choose.
        "partitioner": "murmur2_random",
        "linger.ms": "5",
    ]

    private let delivery: DeliveryThread
    private let queueFullTimeoutMilliseconds: Int
    private let isClosed = Atomic(false)
    private let callsInside = Atomic(0)
    private let closing = Mutex(false)

    /// Opens a producer. No connection is needed for it: brokers that cannot be reached show in `onError`.
    ///
    /// - Parameters:
    ///   - properties: any of librdkafka's. Unless named, `enable.idempotence` is `true`, `partitioner` is
    ///     `murmur2_random` and `linger.ms` is 5. With `debug` or `log_level` librdkafka's log goes to standard error,
    ///     otherwise nowhere.
    ///   - queueFullTimeoutMilliseconds: how long `send` waits for room in the queue
    ///     (`queue.buffering.max.messages`, `queue.buffering.max.kbytes`).
    ///   - onError: called with errors of no single message, such as a broker that is down.
    ///   - onDelivery: called once for each message, always on the producer's own thread. It holds up all others, so
    ///     it must be quick.
    /// - Throws: an error that names the property if one is unknown or has a bad value.
    public init(
        properties: [String: String], queueFullTimeoutMilliseconds: Int = 60_000,
        onError: @escaping @Sendable (KafkaError) -> Void = { _ in },
        onDelivery: @escaping @Sendable (DeliveryReport) -> Void
    ) throws {
        var configuration = try Configuration(properties: properties, defaults: Self.defaults)
        let state = ClientState(properties: properties)
        state.register(in: configuration)
        configuration.set { rd_kafka_conf_set_events($0, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR) }
        let client = try configuration.makeClient(RD_KAFKA_PRODUCER)
        self.queueFullTimeoutMilliseconds = queueFullTimeoutMilliseconds
        delivery = DeliveryThread(
            client: client, keepingAlive: state, onDelivery: onDelivery, onError: onError)
    }

    deinit { close() }

    /// Queues one message. When the queue is full it waits for room, which holds the caller to the broker's pace.
    ///
    /// - Parameters:
    ///   - partition: the partition, or `nil` to choose by the key, at random without one.
    ///   - key: copied; `nil` for none.
    ///   - value: copied; `nil` for a tombstone. An empty value is not a tombstone.
    ///   - timestampMilliseconds: since 1970; `nil` for now.
    ///   - ticket: any number, given back in the report.
    /// - Throws: `_QUEUE_FULL` if there was no room in time; other codes if the message cannot be sent at all, as when
    ///   it is too large. There is no report for a message that throws.
    public func send(
        topic: String, partition: Int32? = nil, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        headers: [Header] = [], timestampMilliseconds: Int64? = nil, ticket: Int = 0
    ) throws {
        try withClient { client in
            let list = try Self.makeHeaders(headers, topic: topic)
            var deadline: ContinuousClock.Instant?
            var pauseMicroseconds: UInt32 = 500
            while true {
                let code = crk_produce(
                    client, topic, partition ?? Int32(RD_KAFKA_PARTITION_UA), key?.baseAddress,
                    key?.count ?? -1,
                    value?.baseAddress, value?.count ?? -1, list, timestampMilliseconds ?? 0,
                    UnsafeMutableRawPointer(bitPattern: ticket))
                if code == RD_KAFKA_RESP_ERR_NO_ERROR { return }
                do {
                    guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL else { throw refusal(code, client, topic) }
                    let end = deadline ?? .now + .milliseconds(queueFullTimeoutMilliseconds)
                    deadline = end
                    if isClosed.load(ordering: .sequentiallyConsistent) { throw Self.closed }
                    guard ContinuousClock.now < end, !delivery.isCurrent else {
                        throw KafkaError(
                            code, "sending to \(topic)",
                            reason: "\(rd_kafka_outq_len(client)) messages wait and none could be delivered "
                                + "within \(queueFullTimeoutMilliseconds) ms")
                    }
                } catch {
                    if let list { rd_kafka_headers_destroy(list) }
                    throw error
                }
                usleep(pauseMicroseconds)
                pauseMicroseconds = min(pauseMicroseconds * 2, 10_000)
            }
        }
    }

    /// Queues one message, as the other `send` does, from arrays.
    public func send(
        topic: String, partition: Int32? = nil, key: [UInt8]?, value: [UInt8]?, headers: [Header] = [],
        timestampMilliseconds: Int64? = nil, ticket: Int = 0
    ) throws {
        try Self.withBytes(key) { key in
            try Self.withBytes(value) { value in
                try send(
                    topic: topic, partition: partition, key: key, value: value, headers: headers,
                    timestampMilliseconds: timestampMilliseconds, ticket: ticket)
            }
        }
    }

    /// How many messages wait to be sent, acknowledged or reported; 0 after `close`.
    public var queued: Int { (try? withClient { Int(rd_kafka_outq_len($0)) }) ?? 0 }

    /// Sends what is queued at once and waits until every message so far is delivered and reported.
    ///
    /// - Throws: `_TIMED_OUT` with the number of messages left. They stay queued.
    public func flush(timeoutMilliseconds: Int) throws {
        try withClient { client in
            let code = rd_kafka_flush(client, Int32(clamping: timeoutMilliseconds))
            try KafkaError.check(
                code, "flushing: \(rd_kafka_outq_len(client)) messages left after \(timeoutMilliseconds) ms")
        }
    }

    /// Asks the cluster for its brokers and topics. Never creates a topic.
    ///
    /// - Parameter topics: those wanted, or `nil` for all.
    public func metadata(topics: [String]? = nil, timeoutMilliseconds: Int) throws -> Metadata {
        try withClient {
            try Metadata.fetch(
                from: $0, topics: topics, timeoutMilliseconds: timeoutMilliseconds, delivery.faults,
                waitsForBrokers: true)
        }
    }

    /// Delivers what is queued, gives up what cannot be delivered in time, and ends the producer.
    ///
    /// Messages given up are reported with `_PURGE_QUEUE`, or `_PURGE_INFLIGHT` if they may have arrived. Calling it
    /// again does nothing. It waits for calls that are inside other methods.
    public func close(timeoutMilliseconds: Int = 10_000) {
        isClosed.store(true, ordering: .sequentiallyConsistent)
        // On its own thread (a producer whose last holder was a report) nobody else could hand out the reports.
        if delivery.isCurrent {
            delivery.stop()
            return
        }
        closing.withLock { isDone in
            guard !isDone else { return }
            isDone = true
            while callsInside.load(ordering: .sequentiallyConsistent) > 0 { usleep(1_000) }
            rd_kafka_flush(delivery.client, Int32(clamping: timeoutMilliseconds))
            delivery.stop()
        }
    }

    private static var closed: KafkaError {
        KafkaError(RD_KAFKA_RESP_ERR__DESTROY, "the producer", reason: "it is closed")
    }

    /// Counts the call, so that `close` does not destroy the client under it.
    private func withClient<Result>(_ body: (OpaquePointer) throws -> Result) throws -> Result {
        callsInside.add(1, ordering: .sequentiallyConsistent)
        defer { callsInside.subtract(1, ordering: .sequentiallyConsistent) }
        if isClosed.load(ordering: .sequentiallyConsistent) { throw Self.closed }
        return try body(delivery.client)
    }

    private func refusal(_ code: rd_kafka_resp_err_t, _ client: OpaquePointer, _ topic: String) -> KafkaError
    {
        if code == RD_KAFKA_RESP_ERR__FATAL, let error = KafkaError.fatal(of: client) { return error }
        return KafkaError(code, "sending to \(topic)")
    }

    private static func withBytes(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) throws -> Void)
        rethrows
    {
        if let bytes { try bytes.withUnsafeBytes(body) } else { try body(nil) }
    }

    private static func makeHeaders(_ headers: [Header], topic: String) throws -> OpaquePointer? {
        guard !headers.isEmpty, let list = rd_kafka_headers_new(headers.count) else { return nil }
        for header in headers {
            let code =
                header.value?.withUnsafeBytes { crk_header_add(list, header.name, $0.baseAddress, $0.count) }
                ?? crk_header_add(list, header.name, nil, -1)
            if code != RD_KAFKA_RESP_ERR_NO_ERROR {
                rd_kafka_headers_destroy(list)
                throw KafkaError(code, "header \"\(header.name)\" of a message to \(topic)")
            }
        }
        return list
    }
}
