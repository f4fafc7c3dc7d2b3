import Memory

/// Which experts answer together, and what they may cost.
public struct EnsembleConfiguration: Sendable, Codable, Equatable {
    /// The experts.
    public var experts: [ExpertKind] = [.counts, .means, .covariance, .ridge]
    /// M, the number of random features of `ridge`; rounded up to a multiple of the padded dimension. Each sample
    /// costs M²/2 multiply-adds, the state M² numbers.
    public var features = 2_048
    /// How near an embedding is to a class mean.
    public var metric = ClassMeans.Metric.cosine
    /// The most real samples that are kept of each class.
    public var exemplarsPerClass = 20
    /// The part of known samples that may be answered with `unknown`; 0 for never.
    public var falseRejections = 0.0

    /// The defaults.
    public init() {}

    private func refuse(_ message: String) -> MemoryError { MemoryError(.configuration, message) }

    /// Checks every setting whose range does not depend on the dimension.
    ///
    /// - Throws: ``MemoryError`` that names the setting and its range.
    public func checkRanges() throws(MemoryError) {
        guard Set(experts).count == experts.count else {
            throw refuse("experts names one twice: \(experts.map(\.rawValue).joined(separator: ", "))")
        }
        guard !experts.isEmpty else {
            throw refuse(
                "experts is empty; name one or more of \(ExpertKind.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        guard (16...16_384).contains(features) else {
            throw refuse("features must lie in 16...16384")
        }
        guard (2...1_000).contains(exemplarsPerClass) else {
            throw refuse("exemplarsPerClass must lie in 2...1000")
        }
        guard (0...0.5).contains(falseRejections) else {
            throw refuse("falseRejections must lie in 0...0.5")
        }
    }

    /// The configuration itself, when every setting is in its range.
    ///
    /// - Throws: ``MemoryError`` that names the setting and its range.
    public func validated(dimension: Int) throws(MemoryError) -> EnsembleConfiguration {
        try checkRanges()
        for expert in experts where dimension > expert.type.dimensionLimit {
            throw refuse(
                "the expert \(expert.rawValue) takes embeddings of up to \(expert.type.dimensionLimit) numbers, not \(dimension); leave it out of experts"
            )
        }
        return self
    }
}
