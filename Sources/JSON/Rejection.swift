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
}
