import Foundation
import Glibc
import Streaming

/// How many threads the system lets this process start.
///
/// Dispatch waits for ever for a thread that it cannot start, and librdkafka logs it and goes on without; so it is looked
/// at before anything depends on it.
enum ThreadLimit {
    /// What a service starts at most beside one a core: those of two clients with a few brokers, and its own.
    private static let others = 24

    /// Starts as many threads as a service may need, all at once, and ends them.
    ///
    /// - Throws: ``StreamError`` when the system does not let it.
    static func check() throws {
        let wanted = ProcessInfo.processInfo.activeProcessorCount + others
        let gate = Gate()
        let argument = Unmanaged.passUnretained(gate).toOpaque()
        var threads: [pthread_t] = []
        var failure: Int32 = 0
        while threads.count < wanted, failure == 0 {
            var thread = pthread_t()
            failure = pthread_create(
                &thread, nil,
                { argument in
                    argument.map { Unmanaged<Gate>.fromOpaque($0).takeUnretainedValue().wait() }
                    return nil
                }, argument)
            if failure == 0 { threads.append(thread) }
        }
        gate.open()
        for thread in threads { pthread_join(thread, nil) }
        withExtendedLifetime(gate) {}
        guard failure == 0 else {
            throw StreamError(
                "only \(threads.count) of \(wanted) threads can be started (\(String(cString: strerror(failure)))). Raise the limit: of processes of a user (ulimit -u), of memory (ulimit -v), or of the container (--pids-limit, pids.max)"
            )
        }
    }

    /// Holds threads back until all are there.
    private final class Gate: Sendable {
        private let condition = NSCondition()
        nonisolated(unsafe) private var isOpen = false

        func wait() {
            condition.withLock { while !isOpen { condition.wait() } }
        }

        func open() {
            condition.withLock {
                isOpen = true
                condition.broadcast()
            }
        }
    }
}
