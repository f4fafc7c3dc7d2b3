/// Why bytes are not a usable safetensors file.
public struct SafetensorsError: Error, Sendable, CustomStringConvertible {
    /// What was wrong, where.
    public let message: String

    /// An error with this message.
    public init(_ message: String) { self.message = message }

    /// The message.
    public var description: String { message }
}
