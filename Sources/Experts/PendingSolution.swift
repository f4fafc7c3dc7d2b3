import Dispatch
import Synchronization

/// A solution that is being worked out on another core while the stream goes on.
///
/// It is taken over at a place of the stream that was fixed when it was begun, and waited for if need be, so how fast
/// it was worked out decides nothing.
final class PendingSolution: Sendable {
    /// After how many samples learned, counted from the start, it is taken over.
    let adoptAt: Int
    private let result: Mutex<Solution?>
    private let finished = DispatchGroup()

    /// Begins to solve.
    init(adoptAt: Int, _ solve: @escaping @Sendable () -> Solution) {
        self.adoptAt = adoptAt
        result = Mutex(nil)
        finished.enter()
        DispatchQueue.global(qos: .utility).async { [self] in
            let solution = solve()
            result.withLock { $0 = solution }
            finished.leave()
        }
    }

    /// One that a snapshot kept.
    init(adoptAt: Int, _ solution: Solution) {
        self.adoptAt = adoptAt
        result = Mutex(solution)
    }

    /// The solution; waits for it.
    var solution: Solution {
        finished.wait()
        guard let solution = result.withLock({ $0 }) else {
            // The group is left only after the result was set.
            preconditionFailure("a solution is finished and not there")
        }
        return solution
    }
}
