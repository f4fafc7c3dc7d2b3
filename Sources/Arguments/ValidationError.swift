/// Wrong use of a command that its types cannot tell: printed with the command's usage, and the program ends with 64.
public struct ValidationError: Error, Sendable, CustomStringConvertible {
    /// What is wrong.
    public let message: String

    /// Makes an error that says what is wrong.
    public init(_ message: String) { self.message = message }

    /// What is wrong.
    public var description: String { message }
}
