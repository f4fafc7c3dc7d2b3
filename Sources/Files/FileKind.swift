import Glibc

/// What a path can name.
public enum FileKind: String, Sendable {
    /// What holds bytes and has a size.
    case regular = "a file"
    /// What holds files.
    case folder = "a folder"
    /// What one program writes and another reads.
    case pipe = "a named pipe"
    /// What connects programs.
    case socket = "a socket"
    /// What stands for hardware, or for `/dev/null` and its like.
    case device = "a device"

    /// The kind of what the system tells of a file.
    public init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: self = .regular
        case S_IFDIR: self = .folder
        case S_IFIFO: self = .pipe
        case S_IFSOCK: self = .socket
        default: self = .device
        }
    }
}
