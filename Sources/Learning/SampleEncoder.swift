import Experts
import Memory

/// The frozen part of a learner: what turns embeddings into codes and features, on any core, without knowing what
/// was learned.
///
/// It shares the learner's tables: let go of it before the learner learns on, or they are copied.
public struct SampleEncoder: Sendable {
    let memory: Bottleneck
    let features: FrozenFeatures?

    /// Encodes samples.
    ///
    /// - Parameter vectors: [count][dimension], finite.
    /// - Throws: `MemoryError` while the keys are not frozen, or when the vectors have another length.
    public func encode(_ vectors: [Float]) throws(MemoryError) -> EncodedBatch {
        try EncodedBatch(vectors, memory: memory, features: features)
    }
}
