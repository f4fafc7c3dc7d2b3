/// How familiar an answer is, compared with what is usual for known samples.
///
/// The distance of a sample is the mean over experts of `(μ_e - max over y of s_e(x, y)) / σ_e`: how many standard
/// deviations its best scores lie below those of known samples. μ and σ come from the exemplars, each with its own
/// trace taken back, and so does the threshold.
public struct Familiarity: Sendable, Codable, Equatable {
    /// μ of each expert.
    let means: [Float]
    /// σ of each expert.
    let deviations: [Float]
    /// The distance above which an answer is withheld; nil when none is.
    public let threshold: Float?

    /// What is usual for the outcomes of known samples.
    ///
    /// - Parameter falseRejections: the part of them that may lie beyond the threshold; 0 for no threshold.
    package init?(_ outcomes: Combination.Outcomes, falseRejections: Double) {
        func best(_ scores: [Float], _ row: Int) -> Float {
            scores[(row * outcomes.classCount)..<((row + 1) * outcomes.classCount)].max() ?? 0
        }
        // Where an expert knows no class at all without the sample, nothing is usual.
        let rows = (0..<outcomes.count).filter { row in
            outcomes.scores.allSatisfy { best($0, row).isFinite }
        }
        let shares = rows.map { outcomes.shares[$0] }
        let total = shares.reduce(0, +)
        guard rows.count > 1, total > 0 else { return nil }
        let maxima = outcomes.scores.map { scores in rows.map { best(scores, $0) } }
        var means: [Float] = []
        var deviations: [Float] = []
        for best in maxima {
            let mean = zip(best, shares).reduce(0.0) { $0 + Double($1.0) * $1.1 } / total
            let square = zip(best, shares).reduce(0.0) {
                $0 + (Double($1.0) - mean) * (Double($1.0) - mean) * $1.1
            }
            means.append(Float(mean))
            deviations.append(Float(max((square / total).squareRoot(), 1e-12)))
        }
        self.means = means
        self.deviations = deviations
        guard falseRejections > 0 else {
            threshold = nil
            return
        }
        let distances = rows.indices.map { row in
            Self.distance(maxima.map { $0[row] }, means, deviations)
        }
        // The largest distances that together make up the allowed part lie beyond.
        var beyond = 0.0
        var limit = Float.infinity
        for row in distances.indices.sorted(by: { distances[$0] > distances[$1] }) {
            limit = distances[row]
            beyond += shares[row]
            if beyond > falseRejections * total { break }
        }
        threshold = limit
    }

    /// The distance of a sample by the best score of each expert.
    package func distance(_ best: [Float]) -> Float { Self.distance(best, means, deviations) }

    private static func distance(_ best: [Float], _ means: [Float], _ deviations: [Float]) -> Float {
        var sum: Float = 0
        for e in best.indices { sum += (means[e] - best[e]) / deviations[e] }
        return sum / Float(max(1, best.count))
    }
}
