/// The model that made an output.
public struct ModelReference: Equatable, Hashable, Sendable {
    /// What the model is called.
    public var id: String
    /// How many traces it had learned.
    public var version: Int
    /// Hash of the part that never changes: "sha256:" and 64 hexadecimal digits.
    public var hash: String

    /// A model at one moment.
    ///
    /// - Parameters:
    ///   - id: What the model is called.
    ///   - version: How many traces it had learned.
    ///   - hash: Hash of the part that never changes.
    public init(id: String, version: Int, hash: String) {
        self.id = id
        self.version = version
        self.hash = hash
    }
}
