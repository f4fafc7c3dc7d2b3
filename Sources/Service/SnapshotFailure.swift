import Synchronization

/// Why the last snapshot could not be written, if it could not.
final class SnapshotFailure: Sendable {
    private let value = Mutex<(any Error)?>(nil)

    var error: (any Error)? { value.withLock { $0 } }

    func set(_ error: (any Error)?) { value.withLock { $0 = error } }
}
