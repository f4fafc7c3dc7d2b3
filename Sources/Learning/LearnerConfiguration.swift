import Experts
import Memory

/// What a learner is made of.
public struct LearnerConfiguration: Sendable, Codable, Equatable {
    /// The length of an embedding.
    public var dimension: Int
    /// The memory.
    public var memory = BottleneckConfiguration()
    /// The experts that answer together, of which the memory's counts are one.
    public var ensemble = EnsembleConfiguration()
    /// The number of labels a prediction ranks.
    public var topK = 3
    /// The largest number of classes; a sample with a further label is refused.
    public var classLimit = 10_000
    /// The number of labelled samples over which windowed metrics look back.
    public var window = 1_000
    /// The part of labelled samples that is held out, 0 to 0.5.
    public var holdOutFraction = 0.05
    /// The number of samples that are held out per class and generation.
    public var holdOutPerClass = 50

    /// The defaults, for embeddings of a length.
    public init(dimension: Int) { self.dimension = dimension }

    /// Checks every setting whose range does not depend on the dimension, those of parts that are not used too.
    ///
    /// - Throws: ``LearnerError`` or `MemoryError` that names the setting and its range.
    public func checkRanges() throws {
        try checkOwnRanges()
        try memory.checkRanges()
        try ensemble.checkRanges()
    }

    private func checkOwnRanges() throws(LearnerError) {
        func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws(LearnerError) {
            guard range.contains(value) else {
                throw LearnerError(
                    .configuration,
                    "\(name) must lie in \(range.lowerBound)...\(range.upperBound)")
            }
        }
        try check("top", topK, 1...100)
        try check("classLimit", classLimit, 1...1_000_000)
        try check("window", window, 1...1_000_000)
        try check("holdOutPerClass", holdOutPerClass, 1...1_000)
        guard (0...0.5).contains(holdOutFraction) else {
            throw LearnerError(
                .configuration, "holdOutFraction must lie in 0...0.5")
        }
    }

    /// The configuration itself, when every setting is in its range.
    ///
    /// - Throws: ``LearnerError`` or `MemoryError` that names the setting and its range.
    public func validated() throws -> LearnerConfiguration {
        try checkOwnRanges()
        _ = try memory.validated(dimension: dimension)
        if usesEnsemble { _ = try ensemble.validated(dimension: dimension) }
        guard memory.halfLife == 0 || ensemble.experts == [.counts] else {
            throw LearnerError(
                .configuration,
                "with memory.halfLife counts fade and the other experts do not; set ensemble.experts to [counts]"
            )
        }
        return self
    }

    /// Whether experts answer together. Gradient descent answers alone: what it would have said without a sample
    /// cannot be known, so its say cannot be weighed.
    var usesEnsemble: Bool { memory.readout == .counts }
}
