/// The model that made an output.
public struct ModelReference: Equatable, Hashable, Sendable {
    /// What the model is called.
    public var id: String
    /// Rises with every change of what it knows: learning, taking back, renaming, merging, deleting. 0 where a network
    /// answers by itself.
    public var revision: Int
    /// How many traces it had learned, less those taken back. 0 where a network answers by itself.
    public var tracesLearned: Int
    /// Hash of the part that never changes: "sha256:" and 64 hexadecimal digits.
    public var hash: String

    /// A model at one moment.
    ///
    /// - Parameters:
    ///   - id: What the model is called.
    ///   - revision: Rises with every change of what it knows.
    ///   - tracesLearned: How many traces it had learned.
    ///   - hash: Hash of the part that never changes.
    public init(id: String, revision: Int, tracesLearned: Int, hash: String) {
        self.id = id
        self.revision = revision
        self.tracesLearned = tracesLearned
        self.hash = hash
    }
}
