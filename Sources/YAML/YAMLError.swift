/// Why a YAML text cannot be used. It never shows a value, a name or any other text of the file, since that may be a
/// password.
public struct YAMLError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Where the fault stands; nil for nodes made in code.
    public let mark: YAMLMark?
    /// The setting, such as `keys.samples`; empty for faults of the text itself. A name that only the file knows (one
    /// of a dictionary) stands as `*`.
    public let path: String
    /// What is wrong, or what was expected, to be read after the path.
    public let message: String

    /// An error at a place.
    public init(mark: YAMLMark?, path: String = "", message: String) {
        self.mark = mark
        self.path = path
        self.message = message
    }

    /// `line 4, column 9: keys.samples must be a whole number`
    public var description: String {
        let place = mark.map { "line \($0.line), column \($0.column): " } ?? ""
        return place + (path.isEmpty ? "" : "\(path) ") + message
    }

    /// The same error with a path, unless it has one.
    func within(_ path: @autoclosure () -> String) -> YAMLError {
        self.path.isEmpty ? YAMLError(mark: mark, path: path(), message: message) : self
    }
}
