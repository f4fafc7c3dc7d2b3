import Foundation

/// A log: lines of four levels, with fields, to standard error or wherever the caller says.
///
/// ```swift
/// let logger = Logger(label: "weir", level: .info, format: .text)
/// logger.info("serving")
/// logger.warning("a record was refused", [LogField("topic", "samples"), LogField("offset", 17)])
/// ```
///
/// What varies from record to record belongs into fields: the same message of the same level is written at most once
/// in ``repeatSeconds``, with the number of times that it was not. A logger is a value; copies share what they count.
public struct Logger: Sendable {
    /// The seconds in which the same message is written once.
    public static let repeatSeconds = 10.0

    /// Who says it.
    public let label: String
    /// Lines below this level are not made.
    public var level: LogLevel
    /// What belongs to every line; see ``LogLine/context``.
    public var context: [LogField]
    private let write: @Sendable (LogLine) -> Void
    private let repeats: LogRepeats
    private let now: @Sendable () -> Date

    /// A log on standard error. It never holds the program up: see ``StandardErrorLog``.
    public init(
        label: String, level: LogLevel = .info, format: LogFormat = .text, context: [LogField] = []
    ) {
        let output = StandardErrorLog(format: format)
        self.init(label: label, level: level, context: context, write: output.write)
    }

    /// A log whose lines are handed to a closure, from any thread.
    ///
    /// - Parameter now: the clock; only tests have another.
    public init(
        label: String, level: LogLevel = .info, context: [LogField] = [],
        now: @escaping @Sendable () -> Date = { .now }, write: @escaping @Sendable (LogLine) -> Void
    ) {
        self.label = label
        self.level = level
        self.context = context
        self.now = now
        self.write = write
        repeats = LogRepeats()
    }

    /// A log that says nothing.
    public static let silent = Logger(label: "", level: .error) { _ in }

    /// Says what is of use to who looks for a fault.
    public func debug(_ message: @autoclosure () -> String, _ fields: [LogField] = []) {
        log(.debug, message, fields)
    }

    /// Says what goes on.
    public func info(_ message: @autoclosure () -> String, _ fields: [LogField] = []) {
        log(.info, message, fields)
    }

    /// Says that something is not as it should be.
    public func warning(_ message: @autoclosure () -> String, _ fields: [LogField] = []) {
        log(.warning, message, fields)
    }

    /// Says that something failed.
    public func error(_ message: @autoclosure () -> String, _ fields: [LogField] = []) {
        log(.error, message, fields)
    }

    /// Writes how often messages were repeated that have not been said since. Called before a program ends.
    public func flush() {
        for line in repeats.takeAll(now()) { write(line) }
    }

    private func log(_ level: LogLevel, _ message: () -> String, _ fields: [LogField]) {
        guard level >= self.level else { return }
        let line = LogLine(
            time: now(), level: level, label: label, message: message(), fields: fields, context: context)
        for line in repeats.take(line) { write(line) }
    }
}
