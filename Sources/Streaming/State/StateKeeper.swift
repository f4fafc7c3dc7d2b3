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
    private let background: any Background
    private let clock: any StreamClock
    /// This run.
    let instance: StreamInstance

    init(store: SnapshotStore, shape: StreamShape, seams: Seams, logger: Logger) {
        self.store = store
        self.shape = shape
        background = seams.snapshots
        clock = seams.clock
        instance = seams.instance
        self.logger = logger
    }

    /// Whether the newest snapshot of this run holds all that there is to keep: an idle stream has nothing new. Its file
    /// then says by its time that the stream is well.
    func confirm(_ input: InputLog) throws -> Bool {
        guard let kept = progress.kept, kept.positions == input.positions,
            try store.disk.touch(store.snapshotPath(kept.number))
        else { return false }
        progress.confirm(at: clock.milliseconds)
        return true
    }

    /// Whether a snapshot is being written.
    var isWriting: Bool { progress.isWriting }

    /// When a snapshot was last written in this run.
    func metrics() -> [Metric] {
        [
            Metric(
                .snapshotLastSuccess, value: progress.lastWritten.map { Double($0) / 1_000 },
                orAbsent: .noSnapshotYet)
        ]
    }

    /// Has a snapshot written. Encoding and writing do not hold up the stream: they work on copies of the state, for
    /// which the tables exist twice until it is written.
    func write(number: Int, _ input: InputLog, _ parts: [any SnapshotPart]) {
        let manifest = shape.manifest(
            number: number, createdMilliseconds: clock.milliseconds, positions: input.positions,
            state: input.identity, lastRecords: input.lastRecords)
        let (store, logger, progress, clock) = (store, logger, progress, clock)
        let kept = (number: number, positions: input.positions)
        progress.begin()
        background.begin {
            do {
                try store.write(try Snapshot(manifest: manifest, parts: parts).encoded(), number: number)
                logger.debug("wrote \(store.snapshotPath(number))")
                progress.end(nil, at: clock.milliseconds, kept: kept)
            } catch {
                // The journals since the last good snapshot are kept, so nothing is lost; the next try may do.
                // What differs each time is a field: on a full disk the message is said once in a while.
                logger.error(
                    "a snapshot cannot be written; the journals since the last one are kept",
                    [LogField("snapshot", number), LogField("reason", "\(error)")])
                progress.end(error, at: clock.milliseconds)
                return
            }
            do {
                try store.removeOld()
            } catch {
                logger.warning("old snapshots cannot be removed", [LogField("reason", "\(error)")])
            }
        }
    }

    /// Writes the first snapshot, of a stream that has processed nothing, and waits for it.
    func writeFirst(
        number: Int, identity: String, positions: Offsets, _ parts: [any SnapshotPart]
    ) throws {
        let manifest = shape.manifest(
            number: number, createdMilliseconds: clock.milliseconds, positions: positions, state: identity,
            lastRecords: [:])
        try store.write(try Snapshot(manifest: manifest, parts: parts).encoded(), number: number)
    }

    /// Waits until the snapshot that is being written is.
    func wait() { background.wait() }

    /// Waits, and says how the last one failed, if it did.
    func finish() throws {
        wait()
        if let failure = progress.error { throw failure }
    }
}
