import Foundation
import Synchronization

/// Counts messages that come again and again, so that each is written at most once in ``Logger/repeatSeconds``.
final class LogRepeats: Sendable {
    /// The most messages that are remembered.
    static let messagesMax = 256

    private struct Message: Hashable {
        let level: LogLevel
        let text: String
    }

    private struct Said {
        var line: LogLine
        var untold = 0
    }

    private let said = Mutex<[Message: Said]>([:])

    /// Takes a line that was said.
    ///
    /// - Returns: what is to be written now: messages of before whose time is over with the number of their repeats,
    ///   and the line, unless it is a repeat itself.
    func take(_ line: LogLine) -> [LogLine] {
        said.withLock { said in
            var written: [LogLine] = []
            for (message, entry) in said.sorted(by: { $0.value.line.time < $1.value.line.time })
            where Self.isOver(entry.line.time, line.time) {
                guard message.level != line.level || message.text != line.message else { continue }
                said[message] = nil
                if entry.untold > 0 { written.append(Self.told(entry, at: line.time)) }
            }
            let message = Message(level: line.level, text: line.message)
            var line = line
            if let entry = said[message] {
                guard Self.isOver(entry.line.time, line.time) else {
                    said[message]?.untold += 1
                    return written
                }
                line.repeats = entry.untold
            } else if said.count >= Self.messagesMax,
                let oldest = said.min(by: { $0.value.line.time < $1.value.line.time })
            {
                said[oldest.key] = nil
                if oldest.value.untold > 0 { written.append(Self.told(oldest.value, at: line.time)) }
            }
            said[message] = Said(line: line)
            return written + [line]
        }
    }

    /// Forgets all messages and returns those whose repeats were not told.
    func takeAll(_ now: Date) -> [LogLine] {
        said.withLock { said in
            defer { said = [:] }
            return said.values.filter { $0.untold > 0 }.sorted { $0.line.time < $1.line.time }
                .map { Self.told($0, at: now) }
        }
    }

    private static func told(_ entry: Said, at time: Date) -> LogLine {
        var line = entry.line
        line.time = time
        line.message = "again: \(line.message)"
        line.repeats = entry.untold
        // Those of the first one; the others had their own.
        line.fields = []
        return line
    }

    /// A clock that was set back must not silence a message for long.
    private static func isOver(_ then: Date, _ now: Date) -> Bool {
        abs(now.timeIntervalSince(then)) >= Logger.repeatSeconds
    }
}
