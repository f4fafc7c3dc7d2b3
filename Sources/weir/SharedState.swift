import Dispatch
import Synchronization

/// A value that several threads change, and a count of those that have finished.
final class SharedState<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>
    private let finished = DispatchSemaphore(value: 0)

    init(_ value: Value) { mutex = Mutex(value) }

    var value: Value { mutex.withLock { $0 } }

    func change(_ body: (inout Value) -> Void) { mutex.withLock { body(&$0) } }

    /// A thread says that it has finished.
    func finish() { finished.signal() }

    /// Waits until one more thread has finished.
    func wait() { finished.wait() }
}
