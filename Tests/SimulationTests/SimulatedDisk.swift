import Foundation
import Streaming

/// A disk in memory, which outlives the process.
final class SimulatedDisk: StateDisk, @unchecked Sendable {
    private struct File {
        var data: Data
        /// What a loss of power leaves at the least.
        var safe: Int
    }

    private final class Lock: DiskLock, @unchecked Sendable {
        let isStanding = true
        let disk: SimulatedDisk
        let path: String
        init(_ disk: SimulatedDisk, _ path: String) {
            self.disk = disk
            self.path = path
        }
        deinit { disk.locks.remove(path) }
    }

    private final class Appended: AppendedFile {
        let disk: SimulatedDisk
        let path: String
        init(_ disk: SimulatedDisk, _ path: String) {
            self.disk = disk
            self.path = path
        }
        func append(_ data: Data) throws { try disk.append(data, to: path) }
        func close() {}
    }

    private let world: SimulatedWorld
    private var files: [String: File] = [:]
    private var locks: Set<String> = []
    /// Until when nothing more fits.
    private var fullUntil = Duration.zero
    /// In which life something was last added to a file, and how often that was done.
    private(set) var lastAppend: (life: Int, count: Int)?
    /// Told of a journal that is opened, before its first run.
    var willBegin: (String) -> Void = { _ in }
    /// Told of a file that is removed, before.
    var willRemove: (String) -> Void = { _ in }

    init(_ world: SimulatedWorld) { self.world = world }

    /// The content of a file, as the simulation itself looks at it.
    func content(_ path: String) -> Data? { files[path]?.data }
    var paths: [String] { files.keys.sorted() }
    /// Somebody removes the snapshots.
    func loseSnapshots() { files = files.filter { !$0.key.contains("/snapshot-") } }

    private static func kind(_ path: String) -> String {
        path.hasSuffix(".part") ? "part" : path.contains("/journal-") ? "journal" : "snapshot"
    }

    private var isFull: Bool {
        if world.happens(.fullDisk, oneIn: 25) {
            fullUntil = world.elapsed + .seconds(1 + world.below(5))
            world.trace("the disk is full")
        }
        return world.hasFaults && world.elapsed < fullUntil
    }

    // MARK: As the stream asks

    func makeFolder(_ path: String) throws { try world.perform("disk.make folder") {} }

    func lock(_ path: String) throws -> (any DiskLock)? {
        try world.perform("disk.lock") {
            guard locks.insert(path).inserted else { return nil }
            return Lock(self, path)
        }
    }

    func names(in folder: String) throws -> [String] {
        try world.perform("disk.names") {
            files.keys.filter { $0.hasPrefix(folder + "/") }.map { String($0.dropFirst(folder.count + 1)) }
                .sorted()
        }
    }

    func read(_ path: String) throws -> Data? { try world.perform("disk.read") { files[path]?.data } }

    func write(_ data: Data, to path: String) throws {
        func half() { files[path] = File(data: data.prefix(world.below(data.count)), safe: 0) }
        try world.perform("disk.write \(Self.kind(path))", half: half) {
            guard !isFull else { throw StateError("\(path) cannot be written: no space left") }
            files[path] = File(data: data, safe: data.count)
        }
    }

    func rename(_ path: String, to new: String) throws {
        try world.perform("disk.rename \(Self.kind(path))") {
            guard let file = files.removeValue(forKey: path) else {
                throw StateError("\(path) cannot be renamed: no such file")
            }
            files[new] = file
            world.trace("\(new) is there")
        }
    }

    func remove(_ path: String) throws {
        try world.perform("disk.remove \(Self.kind(path))") {
            willRemove(path)
            files[path] = nil
        }
    }

    func touch(_ path: String) throws -> Bool {
        try world.perform("disk.touch \(Self.kind(path))") { files[path] != nil }
    }

    func open(_ path: String, keeping bytes: Int) throws -> any AppendedFile {
        try world.perform("disk.open \(Self.kind(path))") {
            willBegin(path)
            let kept = files[path]?.data.prefix(bytes) ?? Data()
            files[path] = File(data: Data(kept), safe: min(files[path]?.safe ?? 0, bytes))
            return Appended(self, path)
        }
    }

    private func append(_ data: Data, to path: String) throws {
        func half() { files[path]?.data.append(data.prefix(world.below(data.count))) }
        try world.perform("disk.append \(Self.kind(path))", half: half) {
            guard !isFull else {
                half()
                throw StateError("\(path) cannot be written: no space left")
            }
            files[path]?.data.append(data)
            // A journal's header is no record that was processed, nor is what it says of answers.
            if !data.starts(with: Array("WEIRJRNL".utf8)), !Self.saysAnswered(data) {
                lastAppend = (world.life, (lastAppend?.count ?? 0) + 1)
            }
        }
    }

    /// Whether what is added to a journal says what is answered: the first offset is -1.
    private static func saysAnswered(_ data: Data) -> Bool {
        data.count >= 24 && data.dropFirst(16).prefix(8).allSatisfy { $0 == 0xFF }
    }

    // MARK: What happens to it

    /// The process is gone, and its locks with it.
    func processEnded() { locks = [] }

    /// What was not safe is there in part.
    ///
    /// - Returns: whether something is missing.
    func losePower() -> Bool {
        var isMissing = false
        for path in paths {
            guard let file = files[path], file.safe < file.data.count else { continue }
            let left = file.safe + world.below(file.data.count - file.safe + 1)
            guard left < file.data.count else { continue }
            files[path]?.data = Data(file.data.prefix(left))
            world.trace("a loss of power leaves \(left) of \(file.data.count) bytes of \(path)")
            isMissing = true
        }
        return isMissing
    }

    /// Flips a bit of a file, cuts it, or removes it.
    func damage(_ path: String) {
        guard let file = files[path], !file.data.isEmpty else { return }
        switch world.below(3) {
        case 0: files[path]?.data[world.below(file.data.count)] ^= 1 << UInt8(world.below(8))
        case 1: files[path]?.data = Data(file.data.prefix(world.below(file.data.count)))
        default: files[path] = nil
        }
        world.trace("\(path) is damaged")
    }
}
