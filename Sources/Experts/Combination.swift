import Tensors

/// How the scores of several experts become one answer: `p(y | x) = softmax over y of the sum over experts e of
/// w_e s_e(x, y)`. A weight is an expert's say and its temperature at once.
///
/// The weights are fitted on outcomes that were predicted before they were learned: each exemplar is asked with its
/// own trace taken back, which for learners that do not depend on order is what they would have said had it come
/// last. They minimise the negative log-likelihood, which is convex in w, with `w >= 0` and a pull of one sample
/// towards equal weights. So what the experts know decides, not the order of the stream, and the confidence is
/// calibrated by the same step.
public struct Combination: Sendable, Codable, Equatable {
    /// By what the scores of each expert are multiplied.
    public private(set) var weights: [Float]
    /// The weights before they were fitted: every expert's scores scaled to the same spread.
    public private(set) var initialWeights: [Float]
    /// The negative log-likelihood an outcome, before and after; nil when nothing was fitted.
    public private(set) var loss: (before: Double, after: Double)? {
        get { lossBefore.flatMap { before in lossAfter.map { (before, $0) } } }
        set { (lossBefore, lossAfter) = (newValue?.before, newValue?.after) }
    }
    private var lossBefore: Double?
    private var lossAfter: Double?

    /// Weights that were not fitted.
    init(weights: [Float]) {
        self.weights = weights
        initialWeights = weights
    }

    /// What an expert said of the outcomes.
    package struct Outcomes {
        /// By expert: [outcomes][classes]. A class that an expert does not know has -infinity.
        package var scores: [[Float]]
        /// The class of each outcome.
        package var actual: [Int]
        /// How much each outcome counts.
        package var shares: [Double]
        /// The number of classes.
        package var classCount: Int

        /// The number of outcomes.
        package var count: Int { actual.count }

        /// What experts said.
        package init(scores: [[Float]], actual: [Int], shares: [Double], classCount: Int) {
            self.scores = scores
            self.actual = actual
            self.shares = shares
            self.classCount = classCount
        }
    }

    /// Fits the weights. An expert keeps its given one as long as no outcome had two classes that it knows to choose from.
    ///
    /// - Parameters:
    ///   - start: the weights to keep where nothing can be fitted.
    ///   - asked: whether each expert takes part; one that does not has no weight.
    package init(fittedTo outcomes: Outcomes, start: [Float], asked: [Bool]) {
        self.init(weights: zip(start, asked).map { $1 ? $0 : 0 })
        let experts = outcomes.scores.count
        guard outcomes.count > 0, asked.contains(true) else { return }
        let spreads = outcomes.scores.map { Self.spread($0, outcomes) }
        // Nothing is known of an expert that never had two classes to choose from; one that says the same of all classes is
        // left out.
        guard zip(spreads, asked).contains(where: { $0 != nil && $1 }) else { return }
        let scales = zip(spreads, asked).map { spread, isAsked in
            isAsked ? spread.map { $0 > 0 ? 1 / $0 : 0 } ?? 0 : 0
        }
        let prior = Self.bestEqual(outcomes, scales: scales)
        var w = [Double](repeating: prior, count: experts)
        var current = Self.objective(outcomes, scales, w, prior: prior)
        let before = current.loss
        for _ in 0..<30 {
            guard let step = Self.newtonStep(current, w) else { break }
            var length = 1.0
            var improved = false
            while length > 1e-4 {
                let trial = zip(w, step).map { max(0, $0 + length * $1) }
                let value = Self.objective(outcomes, scales, trial, prior: prior)
                if value.total < current.total - 1e-9 {
                    (w, current, improved) = (trial, value, true)
                    break
                }
                length /= 2
            }
            if !improved { break }
        }
        for e in 0..<experts where spreads[e] != nil {
            weights[e] = Float(w[e] * scales[e])
            initialWeights[e] = Float(scales[e] / Double(asked.count { $0 }))
        }
        loss = (before / outcomes.shares.reduce(0, +), current.loss / outcomes.shares.reduce(0, +))
    }

    /// The mean standard deviation of an expert's scores over the classes of an outcome; nil when it never had two classes
    /// to choose from.
    private static func spread(_ scores: [Float], _ outcomes: Outcomes) -> Double? {
        var sum = 0.0
        var rows = 0
        for row in 0..<outcomes.count {
            var (n, total, squares) = (0.0, 0.0, 0.0)
            for score in scores[(row * outcomes.classCount)..<((row + 1) * outcomes.classCount)]
            where score.isFinite {
                n += 1
                total += Double(score)
                squares += Double(score) * Double(score)
            }
            guard n > 1 else { continue }
            sum += max(0, squares / n - total / n * (total / n)).squareRoot()
            rows += 1
        }
        return rows > 0 ? sum / Double(rows) : nil
    }

    private struct Objective {
        var loss: Double
        var total: Double
        var gradient: [Double]
        var hessian: [[Double]]
    }

    /// The loss with gradient and curvature. A class that one of the experts does not know is no candidate.
    private static func objective(
        _ outcomes: Outcomes, _ scales: [Double], _ w: [Double], prior: Double
    ) -> Objective {
        let experts = w.count
        let classes = outcomes.classCount
        let factors = zip(w, scales).map { Float($0 * $1) }
        var loss = 0.0
        var gradient = [Double](repeating: 0, count: experts)
        var hessian = [[Double]](repeating: gradient, count: experts)
        var combined = [Float](repeating: 0, count: classes)
        var means = gradient
        var products = hessian
        for row in 0..<outcomes.count {
            let start = row * classes
            for index in 0..<classes { combined[index] = 0 }
            for e in 0..<experts {
                outcomes.scores[e].withUnsafeBufferPointer { scores in
                    combined.withUnsafeMutableBufferPointer { combined in
                        for index in 0..<classes {
                            // Zero times -infinity is not a number; a class without one expert's say is out.
                            let score = scores[start + index]
                            combined[index] += score == -.infinity ? score : factors[e] * score
                        }
                    }
                }
            }
            let largest = combined.max() ?? 0
            let actual = outcomes.actual[row]
            guard largest.isFinite, combined[actual].isFinite else { continue }
            var total = 0.0
            for e in 0..<experts {
                means[e] = 0
                for f in 0...e { products[e][f] = 0 }
            }
            for index in 0..<classes where combined[index] - largest > -30 {
                let p = exponential(Double(combined[index] - largest))
                total += p
                for e in 0..<experts {
                    let score = Double(outcomes.scores[e][start + index]) * scales[e]
                    means[e] += p * score
                    for f in 0...e {
                        products[e][f] += p * score * Double(outcomes.scores[f][start + index]) * scales[f]
                    }
                }
            }
            let share = outcomes.shares[row]
            loss += share * (logarithm(total) - Double(combined[actual] - largest))
            for e in 0..<experts {
                means[e] /= total
                gradient[e] += share * (means[e] - Double(outcomes.scores[e][start + actual]) * scales[e])
                for f in 0...e { hessian[e][f] += share * (products[e][f] / total - means[e] * means[f]) }
            }
        }
        var penalty = 0.0
        for e in 0..<experts {
            penalty += (w[e] - prior) * (w[e] - prior) / 2
            gradient[e] += w[e] - prior
            hessian[e][e] += 1
            for f in 0..<e { hessian[f][e] = hessian[e][f] }
        }
        return Objective(loss: loss, total: loss + penalty, gradient: gradient, hessian: hessian)
    }

    /// The common weight, of a coarse ladder, under which equal weights do best: where the fit starts.
    private static func bestEqual(_ outcomes: Outcomes, scales: [Double]) -> Double {
        let ladder = [0.25, 0.5, 1, 2, 4, 8].map { $0 / Double(max(1, scales.count { $0 > 0 })) }
        let losses = ladder.map {
            objective(outcomes, scales, [Double](repeating: $0, count: scales.count), prior: $0).loss
        }
        let best = losses.indices.min { losses[$0] < losses[$1] } ?? 0
        return ladder[best]
    }

    /// Newton's step on the weights that are not held at zero; nil at the minimum.
    private static func newtonStep(_ objective: Objective, _ w: [Double]) -> [Double]? {
        let free = w.indices.filter { w[$0] > 0 || objective.gradient[$0] < 0 }
        guard free.contains(where: { abs(objective.gradient[$0]) > 1e-6 }) else { return nil }
        var matrix = SymmetricMatrix(size: free.count)
        for (i, e) in free.enumerated() {
            for (j, f) in free.enumerated() where j <= i { matrix[i, j] = objective.hessian[e][f] }
        }
        var step = free.map { -objective.gradient[$0] }
        matrix.takeFactor()?.solve(&step, count: 1)
        var result = [Double](repeating: 0, count: w.count)
        for (i, e) in free.enumerated() { result[e] = step[i] }
        return result
    }
}
