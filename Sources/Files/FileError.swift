/// Why a file cannot be read.
public struct FileError: Error, Sendable, CustomStringConvertible {
    /// The path, what was wrong, and what to do.
    public let description: String
    /// Whether nothing has that name.
    public let isMissing: Bool

    init(_ description: String, isMissing: Bool = false) {
        self.description = description
        self.isMissing = isMissing
    }
}
