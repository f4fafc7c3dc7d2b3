import Foundation
import Glibc

/// A regular file that is open for reading, and no larger than the caller reads.
///
/// The size is looked at before anything is read, and what is no regular file is refused: a named pipe or a device would be
/// waited for, or read without end.
public final class InputFile: Sendable {
    /// Where it is.
    public let path: String
    /// How many bytes it had when it was opened.
    public let size: Int
    private let descriptor: Int32

    /// Opens a file.
    ///
    /// - Parameter limit: the most bytes that it may have.
    /// - Throws: ``FileError`` with the path.
    public init(path: String, limit: Int) throws(FileError) {
        // Else the name would end there.
        guard !path.utf8.contains(0) else {
            throw FileError("\(path) cannot be read: no name of a file has a NUL character")
        }
        // A named pipe that nobody writes to must not be waited for.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.openingFault(path, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            defer { close(descriptor) }
            throw Self.fault(path, errno)
        }
        let kind = FileKind(status)
        guard kind == .regular, status.st_size <= limit else {
            close(descriptor)
            throw FileError(
                kind == .regular
                    ? "\(path) has \(status.st_size) bytes; at most \(limit) are read"
                    : "\(path) is \(kind.rawValue); name a file")
        }
        self.path = path
        size = Int(status.st_size)
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Reads bytes from a place on, as many as the buffer takes.
    ///
    /// - Throws: ``FileError`` when they are not there, since the file was cut in the meantime, or the disk has a fault.
    public func read(from place: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) {
        var filled = 0
        while filled < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress! + filled, buffer.count - filled, off_t(place + filled))
            guard count >= 0 else {
                if errno == EINTR { continue }
                throw Self.fault(path, errno)
            }
            guard count > 0 else {
                throw FileError("\(path) became shorter while it was read; try again when nobody writes it")
            }
            filled += count
        }
    }

    /// All bytes of a file.
    ///
    /// - Parameter limit: the most bytes that it may have.
    /// - Throws: ``FileError`` with the path.
    public static func contents(of path: String, limit: Int) throws -> Data {
        let file = try InputFile(path: path, limit: limit)
        var data = Data(count: file.size)
        try data.withUnsafeMutableBytes { try file.read(from: 0, into: $0) }
        return data
    }

    private static func openingFault(_ path: String, _ code: Int32) -> FileError {
        // Sockets, and devices without hardware, cannot be opened at all.
        var status = stat()
        if stat(path, &status) == 0, FileKind(status) != .regular, FileKind(status) != .folder {
            return FileError("\(path) is \(FileKind(status).rawValue); name a file")
        }
        switch code {
        case ENOENT where lstat(path, &status) == 0:
            return FileError(
                "\(path) cannot be read: it is a symbolic link to what is not there", isMissing: true)
        case ENOENT: return FileError("\(path) cannot be read: there is no such file", isMissing: true)
        case EACCES, EPERM: return FileError("\(path) cannot be read: there is no right to read it")
        default: return fault(path, code)
        }
    }

    private static func fault(_ path: String, _ code: Int32) -> FileError {
        FileError("\(path) cannot be read: \(String(cString: strerror(code)))")
    }
}
