import Foundation
import Glibc
import Synchronization

/// The snapshots of one stream and the journals between them, in one folder.
///
/// A snapshot is written beside its name, synced and renamed, so that a name always stands for a whole file.
/// The last few are kept, with the journals from the oldest of them on.
public final class SnapshotStore: Sendable {
    /// The folder.
    public let folder: String
    private let keep: Int
    private let lock: Int32

    /// Opens the folder, which is made if need be, and locks it for this process.
    ///
    /// - Throws: ``StateError`` when that is impossible or another process has it.
    public init(folder: String, keep: Int) throws {
        self.folder = folder
        self.keep = keep
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw StateError("the folder \(folder) cannot be made: \(error.localizedDescription)")
        }
        lock = Glibc.open("\(folder)/lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
        guard lock >= 0 else {
            throw StateError("\(folder)/lock cannot be opened: \(String(cString: strerror(errno)))")
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(lock)
            throw StateError(
                "\(folder) is in use by another weir: a stream has one writer. Stop the other, or give this one another snapshots.folder"
            )
        }
        removeParts()
    }

    /// Removes what a process that was killed while it wrote has left.
    private func removeParts() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.hasPrefix("snapshot-") && name.hasSuffix(".part") {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }

    deinit { Glibc.close(lock) }

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

    private func numbers(_ kind: String, _ ending: String) -> [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { name in
            guard name.hasPrefix("\(kind)-"), name.hasSuffix(".\(ending)") else { return nil }
            return Int(name.dropFirst(kind.count + 1).dropLast(ending.count + 1))
        }.sorted()
    }

    /// The numbers of the snapshots there are, oldest first.
    public var snapshotNumbers: [Int] { numbers("snapshot", "safetensors") }

    /// The newest snapshot that is whole.
    ///
    /// - Parameter broken: told the path and the fault of each newer one that is passed over.
    public func newest(broken: (String, any Error) -> Void) -> Snapshot? {
        for number in snapshotNumbers.reversed() {
            let path = snapshotPath(number)
            do {
                return try Snapshot(path: path)
            } catch {
                broken(path, error)
            }
        }
        return nil
    }

    /// The runs processed since a snapshot, over all journals from its own on, and the number of the last journal.
    ///
    /// - Parameter topic: the topic of journals that do not name it.
    /// - Throws: ``StateError`` for a journal of a later version.
    package func runs(
        since number: Int, topic: String
    ) throws -> (runs: [OrderJournal.Run], last: Int) {
        let journals = numbers("journal", "log").filter { $0 >= number }
        return (
            try journals.flatMap { try OrderJournal.runs(path: journalPath($0), topic: topic) },
            journals.last ?? number
        )
    }

    /// The journals since a snapshot that are not there or not whole, and what is wrong with each.
    package func damagedJournals(since number: Int) throws -> [(path: String, damage: String)] {
        // That of a snapshot is begun before the snapshot is written, but for the first, empty one.
        let begun = number > 0 ? [number] : []
        let journals = Set(numbers("journal", "log").filter { $0 >= number } + begun).sorted()
        return try journals.compactMap { number in
            try OrderJournal.damage(path: journalPath(number)).map { (journalPath(number), $0) }
        }
    }

    /// The number for the next snapshot and its journal: above all that exist, broken ones too.
    package func nextNumber() -> Int {
        max(snapshotNumbers.last ?? -1, numbers("journal", "log").last ?? -1) + 1
    }

    /// Writes a snapshot whole or not at all, then removes what is no longer needed.
    ///
    /// - Throws: ``StateError`` when the disk is full or gone; the older ones are then still there.
    package func write(_ data: Data, number: Int) throws {
        let path = snapshotPath(number)
        let beside = path + ".part"
        let file = Glibc.open(beside, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o644)
        func fail(_ what: String) -> StateError {
            let reason = String(cString: strerror(errno))
            // What is left of it would take the last free bytes.
            unlink(beside)
            return StateError(
                "\(beside) cannot be \(what): \(reason). Older snapshots are untouched"
            )
        }
        guard file >= 0 else { throw fail("created") }
        defer { Glibc.close(file) }
        let written = data.withUnsafeBytes { bytes -> Bool in
            var offset = 0
            while offset < bytes.count {
                let count = Glibc.write(file, bytes.baseAddress! + offset, bytes.count - offset)
                if count < 0 {
                    if errno == EINTR { continue }
                    return false
                }
                offset += count
            }
            return true
        }
        guard written else { throw fail("written") }
        guard fsync(file) == 0 else { throw fail("synced") }
        guard rename(beside, path) == 0 else { throw fail("renamed") }
        let directory = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            Glibc.close(directory)
        }
        let all = snapshotNumbers
        let kept = all.suffix(keep)
        for old in all.dropLast(keep) {
            try? FileManager.default.removeItem(atPath: snapshotPath(old))
        }
        if let oldest = kept.first {
            for old in numbers("journal", "log") where old < oldest {
                try? FileManager.default.removeItem(atPath: journalPath(old))
            }
        }
    }
}
