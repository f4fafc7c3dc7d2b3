/// What is wrong with a network, its weights, or a state, and what to do.
public struct ContinualError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of faults.
    public enum Code: String, Sendable {
        /// The modules do not fit together or have settings that make no sense.
        case network
        /// A weight is missing or has another shape.
        case weights
        /// A saved state is damaged or belongs to another network.
        case state
        /// The input has the wrong length.
        case input
        /// There is no model of that name.
        case model
    }

    /// The kind of fault.
    public let code: Code
    /// What was wrong, where, and what to do.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
