/// How lines are written.
public enum LogFormat: String, Sendable, CaseIterable, Codable {
    /// Time, level, label, message, and the fields as `name=value`: for people and journald.
    case text
    /// A JSON object a line: for log collectors.
    case json
}
