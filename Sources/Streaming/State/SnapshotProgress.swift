import Synchronization

/// What became of the snapshots: told by the thread that writes them, asked by the one that takes them.
final class SnapshotProgress: Sendable {
    private struct State {
        var isWriting = false
        var error: (any Error)?
        var lastWritten: Int64?
    }

    private let state = Mutex(State())

    /// Whether one is being written.
    var isWriting: Bool { state.withLock { $0.isWriting } }

    /// Why the last one could not be written, if it could not.
    var error: (any Error)? { state.withLock { $0.error } }

    /// When one was last written in this run, milliseconds since 1970.
    var lastWritten: Int64? { state.withLock { $0.lastWritten } }

    func begin() { state.withLock { $0.isWriting = true } }

    func end(_ error: (any Error)?, at milliseconds: Int64) {
        state.withLock {
            $0.isWriting = false
            $0.error = error
            if error == nil { $0.lastWritten = milliseconds }
        }
    }
}
