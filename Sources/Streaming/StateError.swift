/// Why the state on disk cannot be used or kept.
public struct StateError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was wrong, where, and what to do.
    public let message: String
    /// Whether a newer Weir wrote it: it is not damaged, and nothing else may stand in for it.
    let isOfNewerVersion: Bool

    /// An error with this message.
    public init(_ message: String) { self.init(message, isOfNewerVersion: false) }

    init(_ message: String, isOfNewerVersion: Bool) {
        self.message = message
        self.isOfNewerVersion = isOfNewerVersion
    }

    /// The message.
    public var description: String { message }
}
