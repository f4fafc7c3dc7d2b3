/// The reason why bytes were not accepted: what was wrong, where, and what to do about it.
///
/// Messages never repeat ids, labels or features, since they end in logs; they name the place instead (a JSON
/// path, a Protocol Buffers field or a byte offset).
public struct Rejection: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of fault.
    public let code: RejectionCode

    /// One or two sentences for the producer of the record.
    public let message: String

    /// A reason.
    ///
    /// - Parameters:
    ///   - code: The kind of fault.
    ///   - message: What was wrong, where, and what to do.
    public init(_ code: RejectionCode, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The code and the message.
    public var description: String { "\(code.rawValue): \(message)" }

    /// A short piece of foreign text made safe for a message: quoted, printable ASCII, at most 40 characters.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars.prefix(40) {
            quoted.unicodeScalars.append((0x20..<0x7f).contains(scalar.value) ? scalar : "?")
        }
        return quoted + (text.unicodeScalars.count > 40 ? "…\"" : "\"")
    }
}
