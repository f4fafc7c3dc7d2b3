/// Why the learner cannot do what was asked.
public struct LearnerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of fault it is.
    public enum Code: String, Sendable {
        /// A setting is outside its range.
        case configuration
        /// The sample brings one class more than the limit.
        case classLimit
        /// Sums that are kept exactly have no more room.
        case full
        /// A snapshot that is damaged or belongs to another configuration.
        case snapshot
        /// A trace whose bytes are not one, or that does not fit the learner.
        case trace
    }

    /// The kind of fault.
    public let code: Code
    /// What was wrong, where, and what to do.
    public let message: String

    /// An error of a kind, with its message.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
