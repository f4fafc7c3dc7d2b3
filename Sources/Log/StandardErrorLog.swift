import Foundation
import Glibc
import Synchronization

/// Writes lines to standard error, each with one `write`, and never waits for who reads it.
///
/// Where standard error is a pipe that is full, a line is left out and counted; the next one that can be written is
/// preceded by one that says how many are missing. Errors of writing are ignored: a log is no reason to end.
public final class StandardErrorLog: Sendable {
    private let format: LogFormat
    private let descriptor: Int32
    private let missing = Mutex(0)

    /// - Parameter descriptor: the file; only tests have another.
    public init(format: LogFormat, descriptor: Int32 = STDERR_FILENO) {
        self.format = format
        self.descriptor = descriptor
    }

    /// Writes a line.
    public func write(_ line: LogLine) {
        missing.withLock { missing in
            guard isWritable else {
                missing += 1
                return
            }
            if missing > 0 {
                let lines = missing == 1 ? "a line was" : "\(missing) lines were"
                let notice = LogLine(
                    time: line.time, level: .warning, label: line.label,
                    message: "\(lines) not written, as nobody read the log")
                missing = 0
                put(notice)
                guard isWritable else {
                    missing += 1
                    return
                }
            }
            put(line)
        }
    }

    /// A pipe that says so takes ``LogLine/bytesMax`` bytes at once.
    private var isWritable: Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // Where the reader has gone the pipe says that too, and a write would raise SIGPIPE.
        return Glibc.poll(&poll, 1, 0) > 0 && poll.revents & Int16(POLLOUT) != 0
            && poll.revents & Int16(POLLERR | POLLHUP | POLLNVAL) == 0
    }

    private func put(_ line: LogLine) {
        let bytes = Array((line.written(as: format) + "\n").utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
