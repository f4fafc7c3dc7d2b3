/// The kind of a fault, as a word that programs may compare. Who reads more than JSON adds codes of its own.
public struct RejectionCode: RawRepresentable, Hashable, Sendable {
    /// The word.
    public let rawValue: String

    /// A code of this word.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The bytes are not the JSON that was expected.
    public static let json = RejectionCode(rawValue: "E_JSON")
}
