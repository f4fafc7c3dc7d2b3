import KafkaBasics
import Streaming

/// The output as one life of the service writes it: messages are on their way for a while.
final class SimulatedSink: OutputSink {
    struct Message {
        let topic: String
        let key: [UInt8]?
        let value: [UInt8]?
        let headers: [Header]
        let ticket: Int
    }

    private let world: SimulatedWorld
    private let witness: Witness
    private let ledger: DeliveryLedger
    private var onTheWay: [Message] = []
    /// Tickets whose messages have arrived, and whose reports have not.
    private var unreported: [Int] = []
    /// How often it was asked for what arrived since a delivery failed, if one did.
    private(set) var ticksSinceFailure: Int?
    /// When that was.
    private(set) var failedAt: Duration?

    init(_ world: SimulatedWorld, _ witness: Witness, _ ledger: DeliveryLedger) {
        self.world = world
        self.witness = witness
        self.ledger = ledger
    }

    func send(
        topic: String, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, headers: [Header],
        timestampMilliseconds: Int64?, ticket: Int
    ) throws {
        let kind = topic.split(separator: ".").last ?? ""
        try world.perform("sink.send \(kind)") {
            onTheWay.append(
                Message(
                    topic: topic, key: key.map(Array.init), value: value.map(Array.init), headers: headers,
                    ticket: ticket))
        }
    }

    /// Some of what is on its way arrives, perhaps, and some reports.
    func tick() {
        ticksSinceFailure = ticksSinceFailure.map { $0 + 1 }
        deliver(world.below(3) == 0 ? onTheWay.count : world.below(onTheWay.count + 1))
        report(world.below(2) == 0 ? unreported.count : world.below(unreported.count + 1))
    }

    private func deliver(_ count: Int) {
        for _ in 0..<count {
            let message = onTheWay.removeFirst()
            if world.happens(.failedDelivery, oneIn: 150) {
                world.trace("a delivery fails")
                ticksSinceFailure = ticksSinceFailure ?? 0
                failedAt = failedAt ?? world.elapsed
                // Whether it arrived nevertheless is not known.
                if world.below(2) == 0 { witness.arrived(message) }
                ledger.settle(
                    ticket: message.ticket, error: SimulatedFault(description: "not delivered in time"))
                continue
            }
            // In the last life too: it must not matter.
            if world.always(.lostMessage, oneIn: 60) {
                // With all that comes after it, in order.
                world.trace("the client loses \(1 + onTheWay.count) messages")
                if world.below(2) == 0 { witness.arrived(message) }
                for lost in [message] + onTheWay { giveBack(lost, isTooLarge: false) }
                onTheWay = []
                return
            }
            if isCuttable(message), world.always(.tooLargeMessage, oneIn: 2) {
                world.trace("\(message.topic) does not take a message")
                giveBack(message, isTooLarge: true)
                continue
            }
            witness.arrived(message)
            unreported.append(message.ticket)
        }
    }

    /// Answers that are too large, or dead letters that were cut already, end a stream, and rightly. The last metrics are
    /// looked at.
    private func isCuttable(_ message: Message) -> Bool {
        if message.topic.hasSuffix(".metrics") { return world.hasFaults }
        return message.topic.hasSuffix(".dlq") && (message.value?.count ?? 0) > 1
            && !message.headers.contains { $0.name == "weir_cut_from_bytes" }
    }

    private func giveBack(_ message: Message, isTooLarge: Bool) {
        ledger.giveBack(
            UndeliveredMessage(
                topic: message.topic, key: message.key, value: message.value, headers: message.headers,
                timestampMilliseconds: nil, ticket: message.ticket, isTooLarge: isTooLarge))
    }

    private func report(_ count: Int) {
        if world.happens(.lateReports, oneIn: 2) { return }
        for _ in 0..<count {
            // In any order.
            let ticket = unreported.remove(at: world.below(unreported.count))
            ledger.settle(ticket: ticket, error: nil)
        }
    }

    func flush(within limit: Duration) throws {
        try world.perform("sink.flush") {
            if world.below(3) > 0 { deliver(onTheWay.count) }
            if world.below(3) > 0 { report(unreported.count) }
            world.advance(onTheWay.isEmpty && unreported.isEmpty ? .milliseconds(3) : limit)
        }
    }

    var queued: Int { onTheWay.count + unreported.count }

    func close() { try? world.perform("sink.close") { deliver(world.below(onTheWay.count + 1)) } }

    /// The process is gone: of what was on its way some arrives.
    func processEnded() {
        for message in onTheWay.prefix(world.below(onTheWay.count + 1)) { witness.arrived(message) }
        onTheWay = []
    }
}
