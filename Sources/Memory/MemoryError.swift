/// Why the memory cannot do what was asked.
public struct MemoryError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of fault it is.
    public enum Code: String, Sendable {
        /// A setting is outside its range.
        case configuration
        /// The keys were asked for before they were initialised, or initialised twice.
        case keys
        /// Vectors of the wrong length, or too few of them.
        case vectors
        /// A readout that cannot take back what it learned.
        case unlearning
        /// A snapshot that is damaged or belongs to another configuration.
        case snapshot
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

    /// There is nothing to encode with yet.
    package static let notFrozen = MemoryError(
        .keys, "the keys are not frozen yet; initialise and freeze them before encoding")
}
