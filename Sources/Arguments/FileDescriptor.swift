import Glibc

/// A file, pipe or terminal that was opened by whoever started the program.
enum FileDescriptor {
    /// Writes all of a text.
    ///
    /// - Returns: 0, or the code of what failed.
    static func write(_ text: String, to descriptor: Int32) -> Int32 {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count < 0 else {
                bytes = bytes.dropFirst(count)
                continue
            }
            switch errno {
            case EINTR: break
            case EAGAIN:
                // Another program has set it not to wait.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&ready, 1, -1)
            default: return errno
            }
        }
        return 0
    }
}
