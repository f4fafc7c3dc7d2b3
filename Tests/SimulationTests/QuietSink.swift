import KafkaBasics
import Messages
import Streaming

/// Outputs in memory that arrive at once.
final class QuietSink: OutputSink {
    typealias Message = SimulatedSink.Message

    private let ledger: DeliveryLedger
    private let largest: (String) -> Int
    private let arrived: (Message) -> Void

    /// - Parameter largest: the bytes of the largest value that a topic takes.
    init(
        _ ledger: DeliveryLedger, largest: @escaping (String) -> Int, arrived: @escaping (Message) -> Void
    ) {
        self.ledger = ledger
        self.largest = largest
        self.arrived = arrived
    }

    func send(
        topic: String, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, headers: [Header],
        timestampMilliseconds: Int64?, ticket: Int
    ) throws {
        guard value?.count ?? 0 <= largest(topic) else {
            return ledger.giveBack(
                UndeliveredMessage(
                    topic: topic, key: key.map(Array.init), value: value.map(Array.init), headers: headers,
                    timestampMilliseconds: timestampMilliseconds, ticket: ticket, isTooLarge: true))
        }
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
