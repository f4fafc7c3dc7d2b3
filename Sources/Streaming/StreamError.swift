/// Why the service cannot go on.
public struct StreamError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was wrong, where, and what to do.
    public let message: String

    /// An error with this message.
    public init(_ message: String) { self.message = message }

    /// The message.
    public var description: String { message }
}
