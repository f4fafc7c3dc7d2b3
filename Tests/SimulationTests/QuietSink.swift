import KafkaBasics
import Messages
import Streaming

/// Outputs in memory that arrive at once.
final class QuietSink: OutputSink {
    typealias Message = SimulatedSink.Message

    private let ledger: DeliveryLedger
    private let arrived: (Message) -> Void

    init(_ ledger: DeliveryLedger, arrived: @escaping (Message) -> Void) {
        self.ledger = ledger
        self.arrived = arrived
    }

    func send(
        topic: String, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, headers: [Header],
        timestampMilliseconds: Int64?, ticket: Int
    ) throws {
        arrived(
            Message(
                topic: topic, key: key.map(Array.init), value: value.map(Array.init), headers: headers,
                ticket: ticket))
        ledger.settle(ticket: ticket, error: nil)
    }

    func flush(within limit: Duration) throws {}
    var queued: Int { 0 }
    func close() {}
}
