import Foundation
import Logging

/// Logs to standard error, a line each: time, level, message.
struct StandardErrorLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    private let label: String

    init(label: String, level: Logger.Level) {
        self.label = label
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        Terminal.note("\(Date.now.formatted(.iso8601)) \(event.level.rawValue) \(label): \(event.message)")
    }
}

extension Logger {
    /// The program's log.
    static func program(_ label: String, verbose: Bool, quiet: Bool = false) -> Logger {
        Logger(label: label) { StandardErrorLog(label: $0, level: quiet ? .error : verbose ? .debug : .info) }
    }
}
