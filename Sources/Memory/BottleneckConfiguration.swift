/// The sizes and rules of a discrete key-value bottleneck (Träuble et al., ICML 2023, arXiv 2207.11240).
public struct BottleneckConfiguration: Sendable, Codable, Equatable {
    /// How an embedding is split over the codebooks.
    public enum Split: String, Sendable, Codable, CaseIterable {
        /// Each codebook sees `keyDimension` projections on random unit vectors.
        case projection
        /// Each codebook sees its own `keyDimension` neighbouring features.
        case chunk
    }

    /// How keys are made from unlabelled embeddings.
    public enum KeyMethod: String, Sendable, Codable, CaseIterable {
        /// Lloyd's algorithm from distinct samples; an empty cell restarts at the worst served sample.
        case kmeans
        /// Exponential moving averages of the samples that each key attracts.
        case ema
    }

    /// How codes become class scores.
    public enum ReadoutRule: String, Sendable, Codable, CaseIterable {
        /// The sum over codebooks of smoothed log-odds of integer counts: free of order, exactly unlearnable.
        case counts
        /// The paper's stochastic gradient rule, in closed form.
        case sgd
    }

    /// C, the number of codebooks.
    public var codebooks = 128
    /// J, the number of keys in a codebook.
    public var keys = 256
    /// K, the number of dimensions a codebook sees.
    public var keyDimension = 8
    /// T, the number of nearest keys that a codebook fetches.
    public var neighbours = 1
    /// How an embedding is split over the codebooks.
    public var split = Split.projection
    /// How keys are made.
    public var keyMethod = KeyMethod.kmeans
    /// Lloyd iterations, or passes of the moving averages.
    public var keyPasses = 10
    /// How codes become class scores.
    public var readout = ReadoutRule.counts
    /// a, the pseudo-count of `counts`.
    public var smoothing = 0.1
    /// After how many traces a count of `counts` is worth half; 0 for never. Counts that fade depend on the order of
    /// the stream and cannot be taken back.
    public var halfLife = 0
    /// The learning rate of `sgd`. One visit moves a sample's own logits by `learningRate / codebooks`.
    public var learningRate = 32.0
    /// ε, the label smoothing of `sgd`.
    public var labelSmoothing = 0.1
    /// The gradient norm at which a step of `sgd` is clipped.
    public var gradientClip = 1.0
    /// Does as the official code does, faults included: moving averages that start from normal noise with
    /// empty cells and never reset a replaced key, and unused keys that only predictions cannot see.
    public var faithful = false
    /// The seed of the projection and of the keys' start.
    public var seed: UInt64 = 1

    /// The defaults.
    public init() {}

    /// The number of codes of a record: C T.
    public var codesPerRecord: Int { codebooks * neighbours }

    /// The number of bits that any code fits in, 1 to 16.
    public var codeBits: Int { max(1, Int.bitWidth - (keys - 1).leadingZeroBitCount) }

    /// Checks every setting whose range does not depend on the dimension.
    ///
    /// - Throws: ``MemoryError`` that names the setting and its range.
    public func checkRanges() throws(MemoryError) {
        func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws(MemoryError) {
            guard range.contains(value) else {
                throw MemoryError(
                    .configuration,
                    "\(name) must lie in \(range.lowerBound)...\(range.upperBound)")
            }
        }
        func check(_ name: String, _ value: Double, above low: Double, to high: Double) throws(MemoryError) {
            guard value > low, value <= high else {
                throw MemoryError(
                    .configuration, "\(name) must be above \(low) and at most \(high)")
            }
        }
        try check("codebooks", codebooks, 1...4_096)
        try check("keys", keys, 1...65_536)
        try check("keyDimension", keyDimension, 1...1_024)
        try check("neighbours", neighbours, 1...min(keys, 64))
        try check("keyPasses", keyPasses, 0...10_000)
        try check("smoothing", smoothing, above: 0, to: 1_000)
        try check("halfLife", halfLife, 0...1_000_000_000)
        try check("learningRate", learningRate, above: 0, to: 1e9)
        try check("gradientClip", gradientClip, above: 0, to: 1e9)
        guard (0..<1).contains(labelSmoothing) else {
            throw MemoryError(
                .configuration, "labelSmoothing must be at least 0 and below 1")
        }
        // 65,536 x 4,096 keys would still be addressable; what limits is memory: 1 GiB of keys.
        guard codebooks * keys * keyDimension <= 1 << 28 else {
            throw MemoryError(
                .configuration,
                "codebooks x keys x keyDimension must be at most \(1 << 28)"
            )
        }
    }

    /// The configuration itself, when every setting is in its range.
    ///
    /// - Throws: ``MemoryError`` that names the setting and its range.
    public func validated(dimension: Int) throws(MemoryError) -> BottleneckConfiguration {
        guard (1...65_536).contains(dimension) else {
            throw MemoryError(.configuration, "dimension must lie in 1...65536")
        }
        try checkRanges()
        guard split == .projection || codebooks * keyDimension == dimension else {
            throw MemoryError(
                .configuration, "with split chunk, codebooks x keyDimension must equal the dimension")
        }
        return self
    }
}
