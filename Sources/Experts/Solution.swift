import Memory
import Tensors

/// What is solved for from the statistics at a refresh: the experts, the weights of all, and what is usual for known
/// samples.
public struct Solution: Sendable {
    /// The most exemplars that the experts are tried on.
    public static let outcomeLimit = 1_024
    /// The most scores of one expert that are kept while weights are fitted.
    private static let scoreLimit = 1 << 22

    /// The experts in the order of their weights; nil for one of which too little is known. Change them where they are:
    /// taken out and put back, all that they hold would be copied.
    var experts: [(any Expert)?]
    /// How the experts' scores are combined.
    public internal(set) var combination: Combination
    /// How the scores of those experts are combined that know every class at once: by these a class that the others do
    /// not know yet is told from those that they do.
    public internal(set) var immediate: Combination
    /// What is usual for known samples; nil before the first refresh.
    public internal(set) var familiarity: Familiarity?
    /// By class the weight that had been learned.
    var weights: [Int] = []
    /// How often was solved.
    public internal(set) var number = 0

    /// The number of classes that there were.
    var classCount: Int { weights.count }

    /// Whether most of what is known of a class by now was there to be solved for.
    func knows(_ classIndex: Int, _ now: [Int]) -> Bool {
        classIndex < weights.count && 5 * weights[classIndex] >= 4 * now[classIndex]
    }

    /// Whether confidences come from fitted weights.
    public var isCalibrated: Bool { combination.loss != nil }

    /// Before anything can be learned there are no experts.
    init(_ settings: ExpertSettings) {
        let kinds = settings.ensemble.experts
        experts = kinds.map { _ in nil }
        combination = Combination(weights: kinds.map { $0.type.startWeight(settings) })
        immediate = combination
    }

    /// Before anything was learned the immediate experts are there.
    init(_ statistics: inout Statistics, _ settings: ExpertSettings) {
        self.init(settings)
        experts = settings.ensemble.experts.map { $0.type.fit(&statistics, settings) }
    }

    /// Takes over what changed of classes.
    mutating func follow(_ classes: some Sequence<Int>, _ statistics: Statistics) {
        for index in classes {
            for e in experts.indices { experts[e]?.follow(index, statistics) }
        }
    }

    /// The same for who only asks.
    func detached() -> Solution {
        var copy = self
        copy.experts = experts.map { $0?.detached() }
        return copy
    }

    // MARK: Trying

    /// Tries the experts on exemplars whose own traces are taken back, and fits to it how they answer together.
    fileprivate mutating func fit(_ statistics: Statistics, _ settings: ExpertSettings, _ memory: Bottleneck)
    {
        weights = statistics.weights
        let outcomes = self.outcomes(statistics, memory)
        let start = combination.weights
        let kinds = settings.ensemble.experts
        combination = Combination(fittedTo: outcomes, start: start, asked: kinds.map { _ in true })
        immediate = Combination(fittedTo: outcomes, start: start, asked: kinds.map { $0.type.isImmediate })
        familiarity = Familiarity(outcomes, falseRejections: settings.ensemble.falseRejections)
    }

    /// The exemplars that the experts are tried on: those with the smallest hashes, of all classes alike.
    private func trials(_ exemplars: Exemplars) -> [Trial] {
        let limit = min(Self.outcomeLimit, max(16, Self.scoreLimit / max(1, classCount)))
        var all: [(classIndex: Int, place: Int, hash: UInt64)] = []
        for (index, members) in exemplars.byClass.enumerated() {
            for (place, member) in members.enumerated()
            where experts.allSatisfy({ $0?.mayBeTried(on: member) ?? true }) {
                all.append((index, place, member.hash))
            }
        }
        all.sort { ($0.hash, $0.classIndex, $0.place) < ($1.hash, $1.classIndex, $1.place) }
        return all.prefix(limit).enumerated().map { row, one in
            Trial(
                exemplar: exemplars.byClass[one.classIndex][one.place], classIndex: one.classIndex,
                place: one.place, row: row)
        }
    }

    private mutating func outcomes(_ statistics: Statistics, _ memory: Bottleneck) -> Combination.Outcomes {
        let frozen = statistics.frozen
        let trials = trials(statistics.exemplars)
        let exemplars = trials.map(\.exemplar)
        for e in experts.indices { experts[e]?.prepareTrials(on: exemplars, frozen) }
        var outcomes = Combination.Outcomes(
            scores: experts.map { _ in [Float](repeating: 0, count: trials.count * classCount) },
            actual: trials.map(\.classIndex), shares: shares(trials), classCount: classCount)
        guard classCount > 0 else { return outcomes }
        var input = ExpertInput(
            dimension: frozen.scale.dimension, featureCount: frozen.random?.count ?? 0)
        for trial in trials {
            input.fill(trial.exemplar, frozen)
            for (e, expert) in experts.enumerated() {
                guard let expert else { continue }
                outcomes.scores[e].withUnsafeMutableBufferPointer { all in
                    let own = UnsafeMutableBufferPointer(
                        rebasing: all[(trial.row * classCount)..<((trial.row + 1) * classCount)])
                    trial.exemplar.codes.withUnsafeBufferPointer {
                        expert.score(input, codes: $0, memory: memory, into: own)
                    }
                    expert.leaveOut(trial, input, statistics, memory: memory, scores: own)
                }
            }
        }
        return outcomes
    }

    /// Each exemplar stands for the samples of its class.
    private func shares(_ trials: [Trial]) -> [Double] {
        var rows = [Int](repeating: 0, count: classCount)
        for trial in trials { rows[trial.classIndex] += 1 }
        let shares = trials.map { Double(weights[$0.classIndex]) / Double(rows[$0.classIndex]) }
        let total = shares.reduce(0, +)
        guard total > 0 else { return shares }
        return shares.map { $0 / total * Double(trials.count) }
    }
}

extension Statistics {
    /// Solves for all experts, then for how they answer together. Sums that wait are added up where they are.
    ///
    /// - Parameter number: how often was solved, this time included.
    mutating func solve(_ settings: ExpertSettings, _ memory: Bottleneck, number: Int) -> Solution {
        var solution = Solution(&self, settings)
        solution.number = number
        solution.fit(self, settings, memory)
        return solution
    }
}
