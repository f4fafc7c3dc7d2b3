import Tensors

/// How evenly learning spreads over the keys.
public struct CodebookUsage: Sendable, Equatable {
    /// The part of all keys that were learned at, 0 to 1.
    public let usedRatio: Double
    /// The mean over codebooks of `exp(entropy)` of the keys' shares: the number of keys that are in effect
    /// used. Nil when nothing was learned.
    public let perplexity: Double?

    /// The usage of keys that were learned at so often.
    ///
    /// - Parameter uses: [C][J].
    public init(uses: [UInt64], codebooks: Int) {
        let keys = uses.count / max(1, codebooks)
        usedRatio = uses.isEmpty ? 0 : Double(uses.lazy.filter { $0 > 0 }.count) / Double(uses.count)
        var sum = 0.0
        var counted = 0
        for codebook in 0..<codebooks {
            let row = uses[(codebook * keys)..<((codebook + 1) * keys)]
            let total = Double(row.reduce(0, +))
            guard total > 0 else { continue }
            var entropy = 0.0
            for use in row where use > 0 {
                let share = Double(use) / total
                entropy -= share * logarithm(share)
            }
            sum += exponential(entropy)
            counted += 1
        }
        perplexity = counted > 0 ? sum / Double(counted) : nil
    }
}
