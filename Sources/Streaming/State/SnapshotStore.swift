import Foundation
import Synchronization

/// The snapshots of one stream and the journals between them, in one folder.
///
/// A snapshot is written beside its name, synced and renamed, so that a name always stands for a whole file.
/// The last few are kept, with the journals from the oldest of them on.
public final class SnapshotStore: Sendable {
    /// The folder.
    public let folder: String
    private let keep: Int
    let disk: any StateDisk
    /// Nil for a folder that is only looked into.
    private let lock: (any DiskLock)?
    /// Which snapshots are whole: those that were read or written in this run. One that is damaged is of no use when there
    /// is a newer whole one.
    private let whole = Mutex<[Int: Bool]>([:])

    /// Opens the folder, which is made if need be, and locks it for this process.
    ///
    /// - Throws: ``StateError`` when that is impossible or another process has it.
    public convenience init(folder: String, keep: Int) throws {
        try self.init(folder: folder, keep: keep, disk: FileDisk())
    }

    /// The same on another disk.
    package init(folder: String, keep: Int, disk: any StateDisk) throws {
        self.folder = folder
        self.keep = keep
        self.disk = disk
        try disk.makeFolder(folder)
        guard let lock = try disk.lock("\(folder)/lock") else {
            throw StateError(
                "\(folder) is in use by another weir: a stream has one writer. Stop the other, or give this one another snapshots.folder"
            )
        }
        self.lock = lock
        // What a process that was killed while it wrote has left.
        for name in try disk.names(in: folder) where name.hasPrefix("snapshot-") && name.hasSuffix(".part") {
            try? disk.remove("\(folder)/\(name)")
        }
    }

    /// A folder to look into, beside a process that may have it: nothing is made, locked, removed or written.
    public init(lookingInto folder: String) {
        self.folder = folder
        keep = 0
        disk = FileDisk()
        lock = nil
    }

    private static let digits = 12

    private static func name(_ kind: String, _ number: Int, _ ending: String) -> String {
        let text = String(number)
        return "\(kind)-\(String(repeating: "0", count: max(0, digits - text.count)))\(text).\(ending)"
    }

    /// The path of a snapshot.
    public func snapshotPath(_ number: Int) -> String {
        "\(folder)/\(Self.name("snapshot", number, "safetensors"))"
    }

    /// The path of the journal that begins where the snapshot of that number ends.
    package func journalPath(_ number: Int) -> String { "\(folder)/\(Self.name("journal", number, "log"))" }

    private func numbers(_ kind: String, _ ending: String) throws -> [Int] {
        try disk.names(in: folder).compactMap { name in
            guard name.hasPrefix("\(kind)-"), name.hasSuffix(".\(ending)") else { return nil }
            let digits = name.dropFirst(kind.count + 1).dropLast(ending.count + 1)
            // Others are not ours.
            return digits.utf8.count == Self.digits ? Int(digits) : nil
        }.sorted()
    }

    /// The numbers of the snapshots there are, oldest first.
    ///
    /// - Throws: ``StateError`` when the folder cannot be read.
    public func snapshotNumbers() throws -> [Int] { try numbers("snapshot", "safetensors") }

    /// The newest snapshot that is whole.
    ///
    /// - Parameter broken: told the path and the fault of each newer one that is passed over.
    /// - Throws: ``StateError`` when the folder cannot be read, or a newer Weir has written the newest.
    public func newest(broken: (String, any Error) -> Void) throws -> Snapshot? {
        for number in try snapshotNumbers().reversed() {
            let path = snapshotPath(number)
            do {
                guard let data = try disk.read(path) else { throw StateError("it is gone") }
                return try checked(data, number)
            } catch let error as StateError where error.isOfNewerVersion {
                throw StateError("\(path): \(error)")
            } catch {
                broken(path, error)
            }
        }
        return nil
    }

    /// Reads a snapshot's bytes, and notes whether it is whole.
    private func checked(_ data: Data, _ number: Int) throws -> Snapshot {
        do {
            let snapshot = try Snapshot(data)
            whole.withLock { $0[number] = true }
            return snapshot
        } catch let error as StateError where error.isOfNewerVersion {
            throw error
        } catch {
            whole.withLock { $0[number] = false }
            throw error
        }
    }

    /// Whether a snapshot is whole; nil when that cannot be told. It is read the first time.
    private func isWhole(_ number: Int) -> Bool? {
        if let known = whole.withLock({ $0[number] }) { return known }
        if let data = try? disk.read(snapshotPath(number)) { _ = try? checked(data, number) }
        return whole.withLock { $0[number] }
    }

    /// What was processed since a snapshot, over all journals from its own on.
    ///
    /// - Parameter topic: the topic of journals that do not name it.
    /// - Throws: ``StateError`` for a journal of a later version.
    package func journals(since number: Int, topic: String) throws -> [(
        number: Int, content: OrderJournal.Content
    )] {
        // That of a snapshot is begun before the snapshot is written, but for the first, empty one.
        let begun = number > 0 ? [number] : []
        let all = Set(try numbers("journal", "log").filter { $0 >= number } + begun).sorted()
        return try all.map { ($0, try OrderJournal.Content(path: journalPath($0), topic: topic, on: disk)) }
    }

    /// Refuses to go on when another process may have the folder by now.
    package func checkLock() throws {
        guard let lock, lock.isStanding else {
            throw StateError(
                "\(folder)/lock was removed or replaced, so another weir may write there. Stop the other, if there is one, and start this one again"
            )
        }
    }

    /// The number for the next snapshot and its journal: above all that exist, broken ones too.
    package func nextNumber() throws -> Int {
        max(try snapshotNumbers().last ?? -1, try numbers("journal", "log").last ?? -1) + 1
    }

    /// Writes a snapshot whole or not at all.
    ///
    /// - Throws: ``StateError`` when the disk is full or gone; the older ones are then still there.
    package func write(_ data: Data, number: Int) throws {
        precondition(lock != nil, "the folder of another process is only looked into")
        let path = snapshotPath(number)
        let beside = path + ".part"
        do {
            try disk.write(data, to: beside)
            try disk.rename(beside, to: path)
            whole.withLock { $0[number] = true }
        } catch let error as StateError {
            // It would take the last free bytes.
            try? disk.remove(beside)
            throw StateError("\(error). Older snapshots are untouched")
        }
    }

    /// Removes all but the newest snapshots, those that are damaged, and the journals that only those needed.
    ///
    /// - Throws: the first fault, after all was tried.
    package func removeOld() throws {
        precondition(lock != nil, "the folder of another process is only looked into")
        let all = try snapshotNumbers()
        var kept: [Int] = []
        for number in all.reversed() where kept.count < keep && isWhole(number) ?? false {
            kept.append(number)
        }
        guard let newest = kept.first, let oldest = kept.last else { return }
        let oldSnapshots = all.filter { $0 < oldest || $0 < newest && isWhole($0) == false }
        let oldJournals = try numbers("journal", "log").filter { $0 < oldest }
        var fault: (any Error)?
        for path in oldSnapshots.map(snapshotPath) + oldJournals.map(journalPath) {
            do { try disk.remove(path) } catch { fault = fault ?? error }
        }
        whole.withLock { known in oldSnapshots.forEach { known[$0] = nil } }
        if let fault { throw fault }
    }
}
