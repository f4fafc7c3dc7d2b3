/// A named value that belongs to a line, for programs that read the log.
public struct LogField: Sendable, Equatable {
    /// What it can be.
    public enum Value: Sendable, Equatable {
        /// A text.
        case text(String)
        /// A whole number.
        case integer(Int64)
    }

    /// The name, in lower case with underscores.
    public let name: String
    /// The value.
    public let value: Value

    /// A text under a name.
    public init(_ name: String, _ text: String) {
        self.name = name
        value = .text(text)
    }

    /// A whole number under a name.
    public init(_ name: String, _ number: some BinaryInteger) {
        self.name = name
        value = .integer(Int64(clamping: number))
    }
}
