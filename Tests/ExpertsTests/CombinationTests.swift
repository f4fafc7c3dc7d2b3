import Experts
import Memory
import Tensors
import Testing

/// The fitted weights against what they minimise, and what is familiar.
@Suite struct CombinationTests {
    /// Outcomes of experts that know the class to different degrees: scores are noise, plus the strength on
    /// the class.
    private func outcomes(
        _ seed: UInt64, count: Int = 300, classCount: Int = 6, strengths: [Double], sizes: [Double]? = nil
    ) -> Combination.Outcomes {
        var random = RandomGenerator(seed: seed)
        let actual = (0..<count).map { _ in random.below(classCount) }
        let scores = strengths.enumerated().map { e, strength in
            actual.flatMap { label in
                (0..<classCount).map { index in
                    Float((sizes?[e] ?? 1) * (random.normal() + (index == label ? strength : 0)))
                }
            }
        }
        let shares = (0..<count).map { _ in 0.5 + random.uniform() }
        return Combination.Outcomes(scores: scores, actual: actual, shares: shares, classCount: classCount)
    }

    private func fitted(_ outcomes: Combination.Outcomes) -> Combination {
        let experts = outcomes.scores.count
        return Combination(
            fittedTo: outcomes, start: [Float](repeating: 1, count: experts),
            asked: [Bool](repeating: true, count: experts))
    }

    /// The mean negative log-likelihood, by definition. A class that an expert does not know is no candidate.
    private func loss(_ outcomes: Combination.Outcomes, _ weights: [Double]) -> Double {
        var (sum, total) = (0.0, 0.0)
        for row in 0..<outcomes.count {
            let combined = (0..<outcomes.classCount).map { index in
                outcomes.scores.indices.reduce(0.0) { sum, e in
                    let score = outcomes.scores[e][row * outcomes.classCount + index]
                    return sum + (score == -.infinity ? -.infinity : weights[e] * Double(score))
                }
            }
            total += outcomes.shares[row]
            let largest = combined.max() ?? 0
            guard combined[outcomes.actual[row]].isFinite else { continue }
            let normaliser = largest + logarithm(combined.reduce(0) { $0 + exponential($1 - largest) })
            sum += outcomes.shares[row] * (normaliser - combined[outcomes.actual[row]])
        }
        return sum / total
    }

    private func loss(_ outcomes: Combination.Outcomes, _ combination: Combination) -> Double {
        loss(outcomes, combination.weights.map(Double.init))
    }

    /// The least loss of one expert alone, over its temperature.
    private func best(_ outcomes: Combination.Outcomes, alone e: Int) -> Double {
        (-80...80).map { exponent in
            var weights = [Double](repeating: 0, count: outcomes.scores.count)
            weights[e] = exponential(Double(exponent) / 10)
            return loss(outcomes, weights)
        }.min() ?? .infinity
    }

    static let strengths: [[Double]] = [
        [2, 1, 0.5], [3, 0], [0, 0, 2, 2], [1, 1, 1, 1, 1], [4], [0.1, 0.2], [6, 0, 1],
    ]

    @Test("No worse than equal weights, or any expert alone", arguments: Gaussians.seeds, strengths)
    func fits(seed: UInt64, strengths: [Double]) throws {
        let sizes = strengths.indices.map { [1.0, 100, 0.01, 7][$0 % 4] }
        let outcomes = outcomes(seed, strengths: strengths, sizes: sizes)
        let combination = fitted(outcomes)
        #expect(
            combination.weights.allSatisfy { $0 >= 0 && $0.isFinite }, "seed \(seed): \(combination.weights)")
        let reached = loss(outcomes, combination)
        let told = try #require(combination.loss)
        #expect(abs(told.after - reached) < 1e-4, "seed \(seed), \(strengths)")
        #expect(told.after <= told.before + 1e-9, "seed \(seed), \(strengths)")
        for factor in [0.25, 0.5, 1, 2, 4, 8] {
            let equal = loss(outcomes, combination.initialWeights.map { factor * Double($0) })
            // The pull of one sample among hundreds.
            #expect(reached <= equal + 0.02, "seed \(seed), \(strengths): \(reached), equal \(equal)")
        }
        for e in strengths.indices {
            let alone = best(outcomes, alone: e)
            #expect(reached <= alone + 0.02, "seed \(seed), \(strengths): \(reached), expert \(e) \(alone)")
        }
    }

    /// Mixes the experts' scores, so that some repeat others and some are of use only to be subtracted.
    private func mixed(_ outcomes: Combination.Outcomes, seed: UInt64) -> Combination.Outcomes {
        var random = RandomGenerator(seed: seed &+ 70)
        var mixed = outcomes
        for e in outcomes.scores.indices {
            let shares = outcomes.scores.indices.map { Float($0 == e ? 1 : 1.5 * random.normal()) }
            for place in outcomes.scores[e].indices {
                mixed.scores[e][place] = zip(shares, outcomes.scores).reduce(0) { $0 + $1.0 * $1.1[place] }
            }
        }
        return mixed
    }

    @Test(
        "The fit is a minimum: no small move of a weight does better", arguments: Gaussians.seeds, strengths)
    func isMinimum(seed: UInt64, strengths: [Double]) {
        for (count, isMixed) in [(5, false), (40, false), (300, false), (5, true), (40, true), (300, true)] {
            let plain = outcomes(seed, count: count, strengths: strengths)
            let outcomes = isMixed ? mixed(plain, seed: seed) : plain
            let combination = fitted(outcomes)
            // Unit weights times the scores' spread, which is what the pull counts in.
            let spreads = combination.initialWeights.map { 1 / (Double($0) * Double(strengths.count)) }
            let w = zip(combination.weights, spreads).map { Double($0) * $1 }
            let total = outcomes.shares.reduce(0, +)
            func objective(_ w: [Double], _ prior: Double) -> Double {
                total * loss(outcomes, zip(w, spreads).map { $0 / $1 })
                    + w.reduce(0) { $0 + ($1 - prior) * ($1 - prior) } / 2
            }
            // The prior is one of a ladder: that under which equal weights do best.
            let ladder = [0.25, 0.5, 1, 2, 4, 8].map { $0 / Double(strengths.count) }
            let prior =
                ladder.min { a, b in
                    loss(outcomes, spreads.map { a / $0 }) < loss(outcomes, spreads.map { b / $0 })
                } ?? 0
            let reached = objective(w, prior)
            for e in w.indices {
                for move in [-0.02, 0.02, -0.2, 0.2] {
                    var other = w
                    other[e] = max(0, other[e] + move)
                    #expect(
                        objective(other, prior) >= reached - 1e-3,
                        "seed \(seed), \(strengths), \(count) outcomes, mixed \(isMixed): \(w), expert \(e) \(move)"
                    )
                }
            }
        }
    }

    @Test("An expert that knows nothing has next to no say", arguments: Gaussians.seeds)
    func useless(seed: UInt64) {
        let combination = fitted(outcomes(seed, count: 1_000, strengths: [2.5, 0]))
        #expect(combination.weights[1] < 0.1 * combination.weights[0], "seed \(seed): \(combination.weights)")
    }

    @Test("An expert that says the same of all classes is left out", arguments: Gaussians.seeds)
    func constant(seed: UInt64) {
        var outcomes = outcomes(seed, strengths: [2, 1])
        let two = fitted(outcomes)
        outcomes.scores.append([Float](repeating: 3, count: outcomes.count * outcomes.classCount))
        let three = fitted(outcomes)
        #expect(three.weights[2] == 0 && three.initialWeights[2] == 0, "seed \(seed)")
        for e in 0..<2 {
            #expect(abs(three.weights[e] - two.weights[e]) < 1e-3 * two.weights[e], "seed \(seed)")
        }
        outcomes.scores = outcomes.scores.map { $0.map { _ in 1 } }
        let none = fitted(outcomes)
        #expect(none.weights == [0, 0, 0], "seed \(seed)")
    }

    @Test("Without outcomes the start stays, and who is not asked has no weight")
    func empty() {
        let none = Combination.Outcomes(scores: [[], [], []], actual: [], shares: [], classCount: 0)
        let combination = Combination(fittedTo: none, start: [1, 2, 3], asked: [true, false, true])
        #expect(combination.weights == [1, 0, 3] && combination.loss == nil)
        let some = outcomes(1, strengths: [2, 2, 2])
        let two = Combination(fittedTo: some, start: [1, 2, 3], asked: [true, false, true])
        #expect(two.weights[1] == 0 && two.weights[0] > 0 && two.weights[2] > 0)
        let nobody = Combination(fittedTo: some, start: [1, 2, 3], asked: [false, false, false])
        #expect(nobody.weights == [0, 0, 0] && nobody.loss == nil)
    }

    @Test("With one class, or one that is known, there was nothing to choose from: the start stays")
    func oneClass() {
        let one = outcomes(1, classCount: 1, strengths: [2, 1])
        let combination = Combination(fittedTo: one, start: [1, 2], asked: [true, true])
        #expect(combination.weights == [1, 2] && combination.loss == nil)
        // The second class has come, and nobody knows it yet.
        var two = outcomes(2, classCount: 2, strengths: [2, 1])
        for e in 0..<2 { for row in 0..<two.count { two.scores[e][2 * row + 1] = -.infinity } }
        two.actual = two.actual.map { _ in 0 }
        #expect(Combination(fittedTo: two, start: [1, 2], asked: [true, true]).weights == [1, 2])
        // One of two experts knows it.
        for row in 0..<two.count { two.scores[0][2 * row + 1] = two.scores[0][2 * row] - 1 }
        #expect(Combination(fittedTo: two, start: [1, 2], asked: [true, true]).weights[1] == 2)
    }

    @Test("Classes that an expert does not know are no candidates", arguments: Gaussians.seeds)
    func unknownClasses(seed: UInt64) throws {
        var outcomes = outcomes(seed, strengths: [2, 1, 1.5])
        var random = RandomGenerator(seed: seed &+ 3)
        for e in 0..<3 {
            for place in outcomes.scores[e].indices where random.below(8) == 0 {
                outcomes.scores[e][place] = -.infinity
            }
        }
        // And one outcome of which nobody knows anything.
        for index in 0..<outcomes.classCount { outcomes.scores[0][index] = -.infinity }
        let combination = fitted(outcomes)
        #expect(combination.weights.allSatisfy { $0.isFinite && $0 >= 0 }, "seed \(seed)")
        let told = try #require(combination.loss)
        #expect(abs(told.after - loss(outcomes, combination)) < 1e-4, "seed \(seed)")
        #expect(told.after <= told.before)
    }

    @Test("The order of outcomes does not matter", arguments: Gaussians.seeds)
    func order(seed: UInt64) {
        var random = RandomGenerator(seed: seed &+ 4)
        for strengths in Self.strengths {
            let outcomes = outcomes(seed, strengths: strengths)
            let order = random.permutation(outcomes.count)
            let classes = outcomes.classCount
            let shuffled = Combination.Outcomes(
                scores: outcomes.scores.map { scores in
                    order.flatMap { scores[($0 * classes)..<(($0 + 1) * classes)] }
                }, actual: order.map { outcomes.actual[$0] }, shares: order.map { outcomes.shares[$0] },
                classCount: classes)
            for (a, b) in zip(fitted(outcomes).weights, fitted(shuffled).weights) {
                #expect(abs(a - b) <= 1e-6 * max(1, abs(a)), "seed \(seed), \(strengths): \(a), \(b)")
            }
        }
    }

    // MARK: - Familiarity

    @Test(
        "No more known samples lie beyond the threshold than allowed, and hardly fewer",
        arguments: Gaussians.seeds)
    func familiarity(seed: UInt64) throws {
        let outcomes = outcomes(seed, count: 500, strengths: [2, 1, 3], sizes: [1, 50, 0.1])
        let total = outcomes.shares.reduce(0, +)
        for allowed in [0.01, 0.05, 0.1, 0.3, 0.5] {
            let familiarity = try #require(Familiarity(outcomes, falseRejections: allowed))
            let threshold = try #require(familiarity.threshold)
            var beyond = 0.0
            for row in 0..<outcomes.count {
                let best = outcomes.scores.map { scores in
                    scores[(row * outcomes.classCount)..<((row + 1) * outcomes.classCount)].max() ?? 0
                }
                if familiarity.distance(best) > threshold { beyond += outcomes.shares[row] }
            }
            #expect(beyond <= allowed * total + 1e-9, "seed \(seed), \(allowed): \(beyond / total)")
            #expect(beyond >= allowed * total - 1.5, "seed \(seed), \(allowed): \(beyond / total)")
            // What scores far less than anything known is far away.
            #expect(familiarity.distance([-10, -500, -1]) > threshold)
        }
        #expect(try #require(Familiarity(outcomes, falseRejections: 0)).threshold == nil)
        let one = self.outcomes(seed, count: 1, strengths: [1])
        #expect(Familiarity(one, falseRejections: 0.1) == nil)
    }

    @Test(
        "An outcome of which an expert knows no class does not spoil what is usual",
        arguments: Gaussians.seeds)
    func familiarityUnknown(seed: UInt64) throws {
        let whole = outcomes(seed, count: 50, classCount: 2, strengths: [2, 1])
        var holed = whole
        for index in 0..<2 { holed.scores[1][index] = -.infinity }
        let familiarity = try #require(Familiarity(holed, falseRejections: 0.1))
        #expect(familiarity.distance([1, 1]).isFinite, "seed \(seed)")
        #expect(familiarity.threshold?.isFinite == true, "seed \(seed)")
        for index in holed.scores[0].indices { holed.scores[0][index] = -.infinity }
        #expect(Familiarity(holed, falseRejections: 0.1) == nil)
    }
}
