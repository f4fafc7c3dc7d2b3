import Dispatch
import Foundation
import Log
import Messages
import Tensors

/// What is kept: the folder, its snapshots and journals, and how far the snapshots are.
final class StateKeeper {
    let store: SnapshotStore
    private let progress = SnapshotProgress()
    private let shape: StreamShape
    private let logger: Logger
    private let writer = DispatchQueue(label: "weir.snapshots")

    init(store: SnapshotStore, shape: StreamShape, logger: Logger) {
        self.store = store
        self.shape = shape
        self.logger = logger
    }

    /// Whether a snapshot is being written.
    var isWriting: Bool { progress.isWriting }

    /// What a snapshot of now says of itself.
    func manifest(number: Int, positions: Offsets) -> Snapshot.Manifest {
        shape.manifest(number: number, positions: positions)
    }

    /// What there is to tell: when a snapshot was last written in this run.
    ///
    /// - Parameter now: seconds since 1970.
    func metrics(now: Double) -> [Metric] {
        [Metric(.snapshotLastSuccess, value: progress.age.map { now - $0 }, orAbsent: .noSnapshotYet)]
    }

    /// Has a snapshot written. Encoding and writing do not hold up the stream: they work on copies of the state, for
    /// which the tables exist twice until it is written.
    func write(_ manifest: Snapshot.Manifest, _ parts: [any SnapshotPart]) {
        let (store, logger, progress) = (store, logger, progress)
        progress.begin()
        writer.async {
            do {
                try store.write(
                    try Snapshot(manifest: manifest, parts: parts).encoded(), number: manifest.number)
                logger.debug("wrote \(store.snapshotPath(manifest.number))")
                progress.end(nil)
            } catch {
                // The journals since the last good snapshot are kept, so nothing is lost; the next try may do.
                // What differs each time is a field: on a full disk the message is said once in a while.
                logger.error(
                    "a snapshot cannot be written; the journals since the last one are kept",
                    [LogField("snapshot", manifest.number), LogField("reason", "\(error)")])
                progress.end(error)
            }
        }
    }

    /// Waits until the snapshot that is being written is.
    func wait() { writer.sync {} }

    /// Waits, and says how the last one failed, if it did.
    func finish() throws {
        wait()
        if let failure = progress.error { throw failure }
    }
}
