import Experts
import Memory

/// The frozen part of a learner: what turns embeddings into codes and features, on any core, without knowing what
/// was learned.
///
/// It holds nothing that learning changes, so it can be kept as long as one likes.
public struct SampleEncoder: Sendable {
    let keys: FrozenKeys?
    let features: FrozenFeatures?

    /// Encodes samples.
    ///
    /// - Parameter vectors: [count][dimension], finite.
    /// - Throws: `MemoryError` while the keys are not frozen, or when the vectors have another length.
    public func encode(_ vectors: [Float]) throws(MemoryError) -> EncodedBatch {
        guard let keys else { throw .notFrozen }
        return try EncodedBatch(vectors, keys: keys, features: features)
    }
}
