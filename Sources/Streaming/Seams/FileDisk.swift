import Files
import Foundation
import Glibc

/// The system's files.
package struct FileDisk: StateDisk {
    package init() {}

    package func makeFolder(_ path: String) throws {
        do {
            // What is kept holds samples: it is for its owner alone, as far as the folder is made here.
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            let reason = FolderFault.reason(path) ?? error.localizedDescription
            throw StateError("the folder \(path) cannot be made: \(reason)")
        }
    }

    /// Whether a folder is there. Nothing is made.
    ///
    /// - Throws: `StateError` when it can neither be used nor made.
    package func hasFolder(_ path: String) throws -> Bool {
        if let reason = FolderFault.reason(path) {
            throw StateError("the folder \(path) cannot be used: \(reason)")
        }
        return access(path, F_OK) == 0
    }

    package func lock(_ path: String) throws -> (any DiskLock)? {
        let file = try Self.open(path, O_CREAT | O_RDWR, "opened")
        // A process that is just being started holds what its parent has open, until it runs its own program.
        for _ in 0..<20 {
            if flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 { return file }
            guard errno == EWOULDBLOCK else { throw Self.error(path, "locked") }
            usleep(10_000)
        }
        return nil
    }

    package func names(in folder: String) throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw StateError("the folder \(folder) cannot be read: \(error.localizedDescription)")
        }
    }

    package func read(_ path: String) throws -> Data? {
        do {
            return try InputFile.contents(of: path, limit: Snapshot.byteLimit)
        } catch let error as FileError {
            if error.isMissing { return nil }
            throw StateError(error.description)
        }
    }

    package func write(_ data: Data, to path: String) throws {
        let file = try Self.open(path, O_CREAT | O_TRUNC | O_WRONLY, "created")
        do {
            try file.append(data)
            guard fsync(file.descriptor) == 0 else { throw Self.error(path, "synced") }
        } catch {
            // What is left of it would take the last free bytes.
            unlink(path)
            throw error
        }
    }

    package func rename(_ path: String, to new: String) throws {
        guard Glibc.rename(path, new) == 0 else { throw Self.error(path, "renamed") }
        let folder = (new as NSString).deletingLastPathComponent
        let directory = try Self.open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY, "opened")
        // Some file systems cannot sync a folder, and need not.
        guard fsync(directory.descriptor) == 0 || errno == EINVAL else { throw Self.error(folder, "synced") }
    }

    package func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else { throw Self.error(path, "removed") }
    }

    package func touch(_ path: String) throws -> Bool {
        if utimensat(AT_FDCWD, path, nil, 0) == 0 { return true }
        guard errno == ENOENT else { throw Self.error(path, "touched") }
        return false
    }

    package func open(_ path: String, keeping bytes: Int) throws -> any AppendedFile {
        let file = try Self.open(path, O_CREAT | O_RDWR, "opened for writing")
        guard ftruncate(file.descriptor, off_t(bytes)) == 0,
            lseek(file.descriptor, off_t(bytes), SEEK_SET) >= 0
        else { throw Self.error(path, "cut") }
        return file
    }

    private static func open(_ path: String, _ flags: Int32, _ what: String) throws -> OpenFile {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw error(path, what) }
        return OpenFile(path: path, descriptor: descriptor)
    }

    fileprivate static func error(_ path: String, _ what: String) -> StateError {
        StateError("\(path) cannot be \(what): \(String(cString: strerror(errno)))")
    }
}

/// A file of the system, open until it is closed or let go.
///
/// `@unchecked Sendable`: a lock is only held; a journal has one thread.
private final class OpenFile: AppendedFile, DiskLock, @unchecked Sendable {
    let path: String
    private(set) var descriptor: Int32

    init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close() }

    var isStanding: Bool {
        var (held, named) = (stat(), stat())
        return fstat(descriptor, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino
            && held.st_dev == named.st_dev
    }

    func append(_ data: Data) throws {
        let isWritten = data.withUnsafeBytes { bytes -> Bool in
            var offset = 0
            while offset < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
                if count < 0 {
                    if errno == EINTR { continue }
                    return false
                }
                offset += count
            }
            return true
        }
        guard isWritten else { throw FileDisk.error(path, "written") }
    }

    func close() {
        guard descriptor >= 0 else { return }
        Glibc.close(descriptor)
        descriptor = -1
    }
}
