import Foundation
import Synchronization

/// Ends clients by calls that may never return: librdkafka 2.0.2 joins a broker's thread for ever when a topic was deleted
/// while it was read. They are made on a thread of their own, which is left behind after a while.
public enum ClientClosing {
    /// How long a call may take.
    private static let seconds = 5.0
    private static let leftBehind = Atomic(0)

    /// Whether a client was left behind, whose threads go on. A process then ends best by `_exit`: what `exit` takes apart
    /// these threads may be using.
    public static var isIncomplete: Bool { leftBehind.load(ordering: .relaxed) > 0 }

    /// Makes a call, and waits for it a while.
    static func run(_ body: @escaping @Sendable () -> Void) {
        let finished = DispatchSemaphore(value: 0)
        let thread = Thread {
            body()
            finished.signal()
        }
        thread.name = "kafka.closing"
        thread.start()
        wait(for: finished)
    }

    /// Waits for the end of a thread that closes a client.
    static func wait(for finished: DispatchSemaphore) {
        if finished.wait(timeout: .now() + seconds) == .timedOut { leftBehind.add(1, ordering: .relaxed) }
    }
}
