import Kafka
import Log
import Streaming

/// The topics of a Kafka cluster as outputs.
final class KafkaSink: OutputSink {
    private let producer: Producer

    /// Opens a producer.
    ///
    /// - Parameters:
    ///   - properties: librdkafka's.
    ///   - ledger: told what became of each message, on the producer's thread.
    /// - Throws: `KafkaError` when they are not those of a producer.
    init(properties: [String: String], ledger: DeliveryLedger, logger: Logger) throws {
        producer = try Producer(
            properties: properties, onError: { logger.warning("producer: \($0)") },
            onDelivery: { ledger.settle(ticket: $0.ticket, error: $0.error) })
    }

    func send(
        topic: String, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, headers: [Header],
        timestampMilliseconds: Int64?, ticket: Int
    ) throws {
        try producer.send(
            topic: topic, key: key, value: value, headers: headers,
            timestampMilliseconds: timestampMilliseconds, ticket: ticket)
    }

    func flush(within limit: Duration) throws {
        do {
            try producer.flush(timeoutMilliseconds: limit.wholeMilliseconds)
        } catch let error as KafkaError where error.name == "_TIMED_OUT" {
            // How many are left, the ledger knows.
        }
    }

    var queued: Int { producer.queued }

    func close() { producer.close(timeoutMilliseconds: 2_000) }
}
