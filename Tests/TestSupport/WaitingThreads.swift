import Foundation

/// Threads for tests that wait.
///
/// `@unchecked Sendable`: the jobs are read and changed under the condition's lock.
final class WaitingThreads: TaskExecutor, @unchecked Sendable {
    /// More than cores, as they wait; few enough that each still gets its turn in time.
    static let shared = WaitingThreads(count: 8)

    private let condition = NSCondition()
    private var jobs: [UnownedJob] = []

    private init(count: Int) {
        for _ in 0..<count {
            let thread = Thread { [self] in
                while true { next().runSynchronously(on: asUnownedTaskExecutor()) }
            }
            // As much as a main thread has.
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.lock()
        jobs.append(job)
        condition.signal()
        condition.unlock()
    }

    /// The job that came first; waits for one.
    private func next() -> UnownedJob {
        condition.lock()
        defer { condition.unlock() }
        while jobs.isEmpty { condition.wait() }
        return jobs.removeFirst()
    }
}
