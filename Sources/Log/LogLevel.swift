/// How much a line matters.
public enum LogLevel: String, Sendable, CaseIterable, Codable, Comparable {
    /// Of use to who looks for a fault.
    case debug
    /// What goes on.
    case info
    /// Something is not as it should be, and the program goes on.
    case warning
    /// Something failed.
    case error

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }

    /// Whether the first matters less.
    public static func < (first: LogLevel, second: LogLevel) -> Bool { first.rank < second.rank }
}
