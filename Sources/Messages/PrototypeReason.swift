/// A learned sample that is like the one that was asked about.
public struct PrototypeReason: Equatable, Sendable {
    /// What the producer called the learned sample.
    public var sampleID: String
    /// The class it was learned as.
    public var label: String
    /// The cosine between the two samples, -1 to 1. Whoever computes it cuts off what rounding adds.
    public var similarity: Float
    /// The record of the learned sample, or nil when it is not known.
    public var source: RecordSource?

    /// A like sample.
    ///
    /// - Parameters:
    ///   - sampleID: What the producer called the learned sample.
    ///   - label: The class it was learned as.
    ///   - similarity: The cosine between the two samples, -1 to 1.
    ///   - source: The record of the learned sample, or nil when it is not known.
    public init(sampleID: String, label: String, similarity: Float, source: RecordSource?) {
        self.sampleID = sampleID
        self.label = label
        self.similarity = similarity
        self.source = source
    }
}
