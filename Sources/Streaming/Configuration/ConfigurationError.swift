/// Why a configuration cannot be used. It never shows a value, which may be a secret in the wrong place.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was wrong, where, and what to do.
    public let message: String
    /// The setting, as in `keys.samples`, when there is one; whoever read the file adds the line.
    public let setting: String?

    /// An error with this message.
    public init(_ message: String, setting: String? = nil) {
        self.message = message
        self.setting = setting
    }

    /// The message.
    public var description: String { message }
}
