import Kafka
import Log
import Streaming
import Synchronization

/// The topics of a Kafka cluster as outputs. ``send`` and ``flush`` are called on one thread.
///
/// A producer numbers its messages, so that the broker takes each once and in order. When the two no longer agree on a
/// number, as librdkafka 2.0.2 may find after a partition's leader has gone, the producer is of no more use. It is opened
/// anew, and what had not arrived is given back to be sent again.
final class KafkaSink: OutputSink {
    /// The errors that say so.
    private static let numberingFaults: Set = [
        "OUT_OF_ORDER_SEQUENCE_NUMBER", "DUPLICATE_SEQUENCE_NUMBER", "UNKNOWN_PRODUCER_ID",
        "INVALID_PRODUCER_ID_MAPPING", "INVALID_PRODUCER_EPOCH", "_GAPLESS_GUARANTEE", "_INCONSISTENT",
    ]

    /// What the producer's thread finds.
    private final class Numbering: Sendable {
        /// Whether the producer and the broker no longer agree.
        let isLost = Atomic(false)
    }

    private let open: () throws -> Producer
    private var producer: Producer
    private let numbering: Numbering
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
        let numbering = Numbering()
        self.numbering = numbering
        open = {
            try Producer(
                properties: properties,
                onError: { error in
                    if Self.numberingFaults.contains(error.name) {
                        numbering.isLost.store(true, ordering: .releasing)
                    }
                    logger.warning("producer: \(error)")
                },
                onDelivery: { report in
                    guard let error = report.error, let message = report.undelivered else {
                        return ledger.settle(ticket: report.ticket, error: report.error)
                    }
                    if Self.numberingFaults.contains(error.name) {
                        numbering.isLost.store(true, ordering: .releasing)
                    }
                    let isTooLarge = error.name == "MSG_SIZE_TOO_LARGE"
                    if isTooLarge || numbering.isLost.load(ordering: .acquiring) {
                        ledger.giveBack(
                            UndeliveredMessage(
                                topic: report.topic, key: message.key, value: message.value,
                                headers: message.headers,
                                timestampMilliseconds: message.timestampMilliseconds,
                                ticket: report.ticket, isTooLarge: isTooLarge))
                    } else if report.topic == metricsTopic {
                        logger.warning("a metrics message is lost: \(error.message) [\(error.name)]")
                        ledger.settle(ticket: report.ticket, error: nil)
                    } else {
                        ledger.settle(ticket: report.ticket, error: error)
                    }
                })
        }
        producer = try open()
    }

    func send(
        topic: String, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, headers: [Header],
        timestampMilliseconds: Int64?, ticket: Int
    ) throws {
        while true {
            try reopen()
            do {
                return try producer.send(
                    topic: topic, key: key, value: value, headers: headers,
                    timestampMilliseconds: timestampMilliseconds, ticket: ticket)
            } catch let error as KafkaError where error.name == "MSG_SIZE_TOO_LARGE" {
                // The client has a limit of its own, message.max.bytes.
                return ledger.giveBack(
                    UndeliveredMessage(
                        topic: topic, key: key.map(Array.init), value: value.map(Array.init),
                        headers: headers, timestampMilliseconds: timestampMilliseconds, ticket: ticket,
                        isTooLarge: true))
            } catch let error as KafkaError where error.name == "_QUEUE_FULL" {
                // Brokers that are away are waited for; a stop has its own limit.
                logger.warning("the stream waits for room for its outputs: \(error.message)")
            } catch let error as KafkaError where Self.numberingFaults.contains(error.name) {
                numbering.isLost.store(true, ordering: .releasing)
            }
        }
    }

    func flush(within limit: Duration) throws {
        try reopen()
        do {
            try producer.flush(timeoutMilliseconds: limit.wholeMilliseconds)
        } catch let error as KafkaError where error.name == "_TIMED_OUT" {
            // How many are left, the ledger knows.
        }
    }

    /// Opens the producer anew when its numbering is lost. What had not arrived comes back by its reports.
    private func reopen() throws {
        guard numbering.isLost.load(ordering: .acquiring) else { return }
        producer.close(timeoutMilliseconds: 0)
        numbering.isLost.store(false, ordering: .releasing)
        producer = try open()
        logger.warning(
            "the producer and the brokers no longer agreed on the number of a message; it is opened anew, and what had not arrived is sent again"
        )
    }

    var queued: Int { producer.queued }

    func close() { producer.close(timeoutMilliseconds: 2_000) }
}
