import Kafka
import Log
import Streaming

/// The topics of a Kafka cluster as outputs.
final class KafkaSink: OutputSink {
    private let producer: Producer
    private let ledger: DeliveryLedger
    private let logger: Logger

    /// Opens a producer.
    ///
    /// - Parameters:
    ///   - properties: librdkafka's.
    ///   - metricsTopic: what is lost of it is said, and ends nothing.
    ///   - ledger: told what became of each message, on the producer's thread.
    /// - Throws: `KafkaError` when they are not those of a producer.
    init(
        properties: [String: String], metricsTopic: String, ledger: DeliveryLedger, logger: Logger
    ) throws {
        self.ledger = ledger
        self.logger = logger
        producer = try Producer(
            properties: properties, onError: { logger.warning("producer: \($0)") },
            onDelivery: { report in
                if report.topic == metricsTopic, report.refused == nil, let error = report.error {
                    logger.warning("a metrics message is lost: \(error.message) [\(error.name)]")
                    return ledger.settle(ticket: report.ticket, error: nil)
                }
                guard let message = report.refused else {
                    return ledger.settle(ticket: report.ticket, error: report.error)
                }
                ledger.refuse(
                    RefusedMessage(
                        topic: report.topic, key: message.key, value: message.value, headers: message.headers,
                        timestampMilliseconds: message.timestampMilliseconds, ticket: report.ticket))
            })
    }

    func send(
        topic: String, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, headers: [Header],
        timestampMilliseconds: Int64?, ticket: Int
    ) throws {
        while true {
            do {
                return try producer.send(
                    topic: topic, key: key, value: value, headers: headers,
                    timestampMilliseconds: timestampMilliseconds, ticket: ticket)
            } catch let error as KafkaError where error.name == "MSG_SIZE_TOO_LARGE" {
                // The client has a limit of its own, message.max.bytes.
                return ledger.refuse(
                    RefusedMessage(
                        topic: topic, key: key.map(Array.init), value: value.map(Array.init),
                        headers: headers, timestampMilliseconds: timestampMilliseconds, ticket: ticket))
            } catch let error as KafkaError where error.name == "_QUEUE_FULL" {
                // Brokers that are away are waited for; a stop has its own limit.
                logger.warning("the stream waits for room for its outputs: \(error.message)")
            }
        }
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
