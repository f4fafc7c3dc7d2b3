import Synchronization

/// Keeps the lines of a log, for tests.
public final class LogKeeper: Sendable {
    private let kept = Mutex<[LogLine]>([])

    /// A keeper with no lines.
    public init() {}

    /// The lines so far.
    public var lines: [LogLine] { kept.withLock { $0 } }

    /// A log that writes to this keeper.
    public func logger(label: String = "test", level: LogLevel = .debug) -> Logger {
        Logger(label: label, level: level) { line in self.kept.withLock { $0.append(line) } }
    }
}
