import KafkaBasics
import Synchronization

/// Which outputs are still on their way, so that a source record is only called answered once every output
/// of it and of all before it lies safely with the broker.
///
/// One thread opens tickets, one a batch; the producer's thread settles them.
package final class DeliveryLedger: Sendable {
    private struct Ticket {
        let number: Int
        /// Outputs not yet confirmed, and one more while the ticket is open.
        var outstanding: Int
        /// The offsets after the last records of the batch.
        var positions: Offsets
    }

    private struct State {
        var tickets: [Ticket] = []
        var next = 1
        var settled: Offsets = [:]
        var failure: (any Error)?
        var undelivered: [UndeliveredMessage] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// Opens a ticket; more outputs can be added until it is closed.
    package func open() -> Int {
        state.withLock {
            let number = $0.next
            $0.next += 1
            $0.tickets.append(Ticket(number: number, outstanding: 1, positions: [:]))
            return number
        }
    }

    /// Counts outputs of the ticket opened last, before they are sent.
    package func expect(_ outputs: Int) {
        state.withLock { state in
            if let last = state.tickets.indices.last { state.tickets[last].outstanding += outputs }
        }
    }

    /// Closes the ticket opened last: no output is added any more.
    package func close(positions: Offsets) {
        state.withLock { state in
            guard let last = state.tickets.indices.last else { return }
            state.tickets[last].positions = positions
            state.tickets[last].outstanding -= 1
            Self.retire(&state)
        }
    }

    /// Notes what became of one output.
    package func settle(ticket: Int, error: (any Error)?) {
        state.withLock { state in
            if let error { state.failure = state.failure ?? error }
            guard error == nil, let first = state.tickets.first?.number,
                state.tickets.indices.contains(ticket - first)
            else { return }
            state.tickets[ticket - first].outstanding -= 1
            Self.retire(&state)
        }
    }

    /// Notes that a message did not arrive. Its ticket waits for what is sent in its place.
    package func giveBack(_ message: UndeliveredMessage) {
        state.withLock { $0.undelivered.append(message) }
    }

    /// The messages that did not arrive since the last call, in the order of their tickets.
    package func takeUndelivered() -> [UndeliveredMessage] {
        state.withLock { state in
            defer { state.undelivered = [] }
            return state.undelivered
        }.enumerated().sorted { ($0.element.ticket, $0.offset) < ($1.element.ticket, $1.offset) }.map(
            \.element)
    }

    private static func retire(_ state: inout State) {
        var finished = 0
        while finished < state.tickets.count, state.tickets[finished].outstanding == 0 {
            state.settled.merge(state.tickets[finished].positions) { max($0, $1) }
            finished += 1
        }
        if finished > 0 { state.tickets.removeFirst(finished) }
    }

    /// By place the offset before which everything is answered, since the last call.
    ///
    /// - Throws: the first failed delivery: the outputs of a record are lost, so the service must stop.
    package func takeSettled() throws -> Offsets {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            defer { state.settled = [:] }
            return state.settled
        }
    }

    /// - Throws: the first failed delivery, if there was one.
    package func checkDeliveries() throws {
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    /// The number of batches with outputs on their way.
    package var openTickets: Int { state.withLock { $0.tickets.count } }
}
