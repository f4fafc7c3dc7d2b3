import JSON

/// The reason why a record was not accepted: what was wrong, where, and what to do about it.
public typealias Rejection = JSON.Rejection

extension Rejection {
    /// A short piece of foreign text made safe for a message: quoted, printable ASCII, at most 40 characters.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars.prefix(40) {
            quoted.unicodeScalars.append((0x20..<0x7f).contains(scalar.value) ? scalar : "?")
        }
        return quoted + (text.unicodeScalars.count > 40 ? "…\"" : "\"")
    }
}
