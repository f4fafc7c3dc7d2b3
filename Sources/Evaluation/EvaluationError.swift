/// A setting or an input that the evaluation cannot use.
public struct EvaluationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of error, for programs.
    public enum Code: String, Sendable {
        /// A setting is outside its range.
        case invalidSetting = "invalid_setting"
        /// An accuracy matrix is not square or holds something that is not an accuracy.
        case invalidMatrix = "invalid_matrix"
        /// A saved state contradicts itself.
        case invalidState = "invalid_state"
    }

    /// What kind of error, for programs.
    public let code: Code
    /// What was wrong, where, and what to do, for people.
    public let message: String

    /// The code and the message in one line.
    public var description: String { "\(code.rawValue): \(message)" }

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
