/// What help says of an option, flag or argument. A string stands for one without a name of the value.
public struct ArgumentHelp: Sendable, ExpressibleByStringInterpolation {
    /// The sentence.
    public var abstract: String
    /// What stands between `<` and `>`; made from the property's name if nil.
    public var valueName: String?

    /// Makes a help text.
    ///
    /// - Parameters:
    ///   - abstract: The sentence.
    ///   - valueName: What stands between `<` and `>`; made from the property's name if nil.
    public init(_ abstract: String = "", valueName: String? = nil) {
        self.abstract = abstract
        self.valueName = valueName
    }

    /// Makes a help text of a string.
    public init(stringLiteral value: String) { self.init(value) }
}
