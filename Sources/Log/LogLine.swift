import Foundation
import Text

/// One line of a log.
public struct LogLine: Sendable, Equatable {
    /// The most bytes of a line with its line feed. A pipe takes so many at once, or none.
    public static let bytesMax = 4_096

    /// When it was said.
    public var time: Date
    /// How much it matters.
    public var level: LogLevel
    /// Who says it.
    public var label: String
    /// What is said.
    public var message: String
    /// How many times the same was said since the last line of this message, and not written.
    public var repeats: Int
    /// What belongs to it.
    public var fields: [LogField]
    /// What belongs to every line of its log. In text it is left out: a file of text is of one program.
    public var context: [LogField]

    /// A line.
    public init(
        time: Date, level: LogLevel, label: String, message: String, repeats: Int = 0,
        fields: [LogField] = [], context: [LogField] = []
    ) {
        self.time = time
        self.level = level
        self.label = label
        self.message = message
        self.repeats = repeats
        self.fields = fields
        self.context = context
    }

    /// The line as it is written, without a line feed: `2026-11-30T14:12:46Z info weir: message (3 more) offset=7`, or
    /// `{"time":"2026-11-30T14:12:46.170Z","level":"info","label":"weir","message":"message","repeats":3,"offset":7}`.
    ///
    /// Characters that a terminal would obey, that break lines or that do not show are escaped, so that no text can
    /// forge a line. A message that would make the line too long is cut, and ends with `…`.
    public func written(as format: LogFormat) -> String {
        let whole = write(message, format)
        let excess = whole.utf8.count + 1 - Self.bytesMax
        guard excess > 0 else { return whole }
        // A character may be written with up to ten bytes; what is left of the message always fits.
        let kept = message.utf8.count - excess - 16
        let cut = kept > 0 ? Self.prefix(of: message, bytes: kept) : ""
        let line = write(cut + "…", format)
        guard line.utf8.count + 1 > Self.bytesMax else { return line }
        // Escapes, or a field, are what is long: a twelfth of a line fits however it is written.
        let bare = LogLine(
            time: time, level: level, label: Self.prefix(of: label, bytes: 64), message: "", repeats: repeats)
        return bare.write(Self.prefix(of: message, bytes: Self.bytesMax / 12) + "…", format)
    }

    private static func prefix(of text: String, bytes: Int) -> String {
        var count = 0
        return String(
            text.prefix { character in
                count += character.utf8.count
                return count <= bytes
            })
    }

    private func write(_ message: String, _ format: LogFormat) -> String {
        switch format {
        case .text:
            var text = "\(time.formatted(.iso8601)) \(level.rawValue) \(label): \(message.shown())"
            if repeats > 0 { text += " (\(repeats) more)" }
            for field in fields {
                switch field.value {
                case .text(let value): text += " \(field.name)=\(value.shown())"
                case .integer(let value): text += " \(field.name)=\(value)"
                }
            }
            return text
        case .json:
            let time = self.time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            var text =
                "{\"time\":\"\(time)\",\"level\":\"\(level.rawValue)\",\"label\":\(Self.json(label)),\"message\":\(Self.json(message))"
            if repeats > 0 { text += ",\"repeats\":\(repeats)" }
            for field in context + fields {
                switch field.value {
                case .text(let value): text += ",\(Self.json(field.name)):\(Self.json(value))"
                case .integer(let value): text += ",\(Self.json(field.name)):\(value)"
                }
            }
            return text + "}"
        }
    }

    /// A text as a JSON string. All that does not show is escaped, though JSON would not ask for it.
    private static func json(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            default:
                if scalar.isVisible {
                    quoted.unicodeScalars.append(scalar)
                } else {
                    quoted += scalar.jsonEscape
                }
            }
        }
        return quoted + "\""
    }
}
