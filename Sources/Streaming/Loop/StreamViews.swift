import Foundation

/// Where other threads ask a stream for what it answers now. The stream gives it between two batches, and copies what it
/// takes only when somebody has asked and the model has changed.
///
/// `@unchecked Sendable`: all of it is read and changed under the condition's lock.
package final class StreamViews: @unchecked Sendable {
    private let condition = NSCondition()
    private var asked = 0
    private var given = 0
    private var isClosed = false
    private var view: StreamView?

    /// What the stream answers now, or at a moment after this was called; nil when the stream has ended, does not get to
    /// it in time, or has no answers of its own.
    package func newest(within limit: Duration) -> StreamView? {
        condition.lock()
        defer { condition.unlock() }
        asked += 1
        let number = asked
        let deadline = Date(timeIntervalSinceNow: limit.seconds)
        while given < number, !isClosed {
            guard condition.wait(until: deadline) else { return nil }
        }
        return isClosed ? nil : view
    }

    /// Gives those who ask what they ask for. On the stream's thread.
    func give(revision: Int, _ make: () -> StreamView?) {
        condition.lock()
        let (number, known) = (asked, view)
        let isWanted = given < number
        condition.unlock()
        guard isWanted else { return }
        let view = known.flatMap { $0.revision == revision ? $0 : nil } ?? make()
        condition.lock()
        self.view = view
        given = number
        condition.broadcast()
        condition.unlock()
    }

    /// The stream has ended: nobody waits any more.
    func close() {
        condition.lock()
        isClosed = true
        view = nil
        condition.broadcast()
        condition.unlock()
    }
}
