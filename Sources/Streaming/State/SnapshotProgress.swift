import KafkaBasics
import Synchronization

/// What became of the snapshots: told by the thread that writes them, asked by the one that takes them.
final class SnapshotProgress: Sendable {
    private struct State {
        var isWriting = false
        var error: (any Error)?
        var lastWritten: Int64?
        var kept: (number: Int, positions: Offsets)?
    }

    private let state = Mutex(State())

    /// Whether one is being written.
    var isWriting: Bool { state.withLock { $0.isWriting } }

    /// Why the last one could not be written, if it could not.
    var error: (any Error)? { state.withLock { $0.error } }

    /// The newest that was written in this run, and how far the stream was.
    var kept: (number: Int, positions: Offsets)? { state.withLock { $0.kept } }

    /// When one was last written in this run, or found to hold all that there is, milliseconds since 1970.
    var lastWritten: Int64? { state.withLock { $0.lastWritten } }

    func begin() { state.withLock { $0.isWriting = true } }

    /// Notes that the newest holds all that there is.
    func confirm(at milliseconds: Int64) { state.withLock { $0.lastWritten = milliseconds } }

    /// Notes what became of one.
    ///
    /// - Parameter kept: its number and positions, when it was written.
    func end(
        _ error: (any Error)?, at milliseconds: Int64, kept: (number: Int, positions: Offsets)? = nil
    ) {
        state.withLock {
            $0.isWriting = false
            $0.error = error
            $0.kept = kept
            if error == nil { $0.lastWritten = milliseconds }
        }
    }
}
