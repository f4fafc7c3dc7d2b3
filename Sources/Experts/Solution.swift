import Memory
import Tensors

/// What is solved for from the statistics at a refresh: the experts beside counts and means, the weights of all, and
/// what is usual for known samples.
public struct Solution: Sendable {
    /// The most exemplars that the experts are tried on.
    public static let outcomeLimit = 1_024
    /// The most scores of one expert that are kept while weights are fitted.
    private static let scoreLimit = 1 << 22

    /// The experts in the order of their weights.
    public let experts: [ExpertKind]
    /// How the experts' scores are combined.
    public internal(set) var combination: Combination
    /// How the scores of those experts are combined that know every class at once, counts and means: by these a class
    /// that the others do not know yet is told from those that they do.
    public internal(set) var immediate: Combination
    /// What is usual for known samples; nil before the first refresh.
    public internal(set) var familiarity: Familiarity?
    /// By class the weight that had been learned.
    var weights: [Int] = []
    /// How often was solved.
    public internal(set) var number = 0
    var covariance: SharedCovariance?
    var ridge: RidgeReadout?
    var prototypes: ClassPrototypes?
    var trained: TrainedPrototypes?
    /// The class that each class of the trained prototypes stands for.
    var trainedClasses: [Int] = []

    /// The number of classes that there were.
    var classCount: Int { weights.count }

    /// Whether most of what is known of a class by now was there to be solved for.
    func knows(_ classIndex: Int, _ now: [Int]) -> Bool {
        classIndex < weights.count && 5 * weights[classIndex] >= 4 * now[classIndex]
    }

    /// Whether confidences come from fitted weights.
    public var isCalibrated: Bool { combination.loss != nil }

    /// Before anything was solved: counts weigh as the geometric mean of their codebooks, cosines of means as
    /// sentence embeddings want them.
    init(experts: [ExpertKind], codebooks: Int) {
        self.experts = experts
        combination = Combination(
            weights: experts.map {
                switch $0 {
                case .counts: 1 / Float(codebooks)
                case .means: 10
                case .prototypes, .covariance, .ridge, .trained: 0
                }
            })
        immediate = combination
    }

    /// Solves for all experts, then tries them on exemplars whose own traces are taken back.
    init(
        _ ensemble: Ensemble, frozen: FrozenFeatures, memory: Bottleneck, moments: inout Moments,
        featureMoments: inout Moments?
    ) {
        let before = ensemble.solution
        experts = before.experts
        combination = before.combination
        immediate = before.immediate
        number = before.number + 1
        weights = ensemble.weights
        if experts.contains(.covariance) { covariance = SharedCovariance(&moments) }
        if experts.contains(.prototypes) {
            prototypes = ClassPrototypes(ensemble.exemplars, scale: frozen.scale)
        }
        if experts.contains(.trained) { (trained, trainedClasses) = Self.trained(ensemble) }
        // With much fewer samples than features it could say little, for the same price.
        if let size = featureMoments?.size, weights.reduce(0, +) >= size / 16 {
            ridge = featureMoments?.ridgeReadout()
        }
        let outcomes = self.outcomes(ensemble, frozen: frozen, memory: memory, moments: moments)
        ridge = ridge?.withoutFactor()
        let start = Solution(experts: experts, codebooks: memory.configuration.codebooks).combination.weights
        combination = Combination(
            fittedTo: outcomes, start: start, asked: experts.map { _ in true })
        immediate = Combination(fittedTo: outcomes, start: start, asked: experts.map(\.isImmediate))
        familiarity = Familiarity(
            outcomes, falseRejections: ensemble.configuration.falseRejections)
    }

    /// Whether an exemplar is kept from the trained prototypes, so that they can be tried on it.
    private static func isHeldFromTraining(_ exemplar: Exemplar) -> Bool { exemplar.hash % 4 == 0 }

    /// Classes and samples go to the training in the order of their hashes, which no stream decides.
    private static func trained(_ ensemble: Ensemble) -> (TrainedPrototypes?, [Int]) {
        let byClass = ensemble.exemplars.byClass
        let classes = byClass.indices.filter { !byClass[$0].isEmpty }
            .sorted { Exemplar.precedes(byClass[$0][0], byClass[$1][0]) }
        var vectors: [Float] = []
        var numbers: [Int] = []
        for (number, index) in classes.enumerated() {
            for member in byClass[index] where !isHeldFromTraining(member) {
                for step in member.steps { vectors.append(Float(step) / FeatureScale.stepsPerUnit) }
                numbers.append(number)
            }
        }
        let trained = TrainedPrototypes.fitted(
            to: vectors, rows: numbers.count, classIndices: numbers,
            weights: [Float](repeating: 1, count: numbers.count), classCount: classes.count,
            configuration: .init(), seed: ensemble.seed)
        return (trained, classes)
    }

    /// The exemplars that the experts are tried on: those with the smallest hashes, of all classes alike.
    private func tried(_ ensemble: Ensemble) -> [(classIndex: Int, place: Int)] {
        let limit = min(Self.outcomeLimit, max(16, Self.scoreLimit / max(1, classCount)))
        var all: [(classIndex: Int, place: Int, hash: UInt64)] = []
        for (index, members) in ensemble.exemplars.byClass.enumerated() {
            for (place, member) in members.enumerated()
            where trained == nil || Self.isHeldFromTraining(member) {
                all.append((index, place, member.hash))
            }
        }
        all.sort { ($0.hash, $0.classIndex, $0.place) < ($1.hash, $1.classIndex, $1.place) }
        return all.prefix(limit).map { ($0.classIndex, $0.place) }
    }

    private func outcomes(
        _ ensemble: Ensemble, frozen: FrozenFeatures, memory: Bottleneck, moments: Moments
    ) -> Combination.Outcomes {
        let tried = tried(ensemble)
        let exemplars = tried.map { ensemble.exemplars.byClass[$0.classIndex][$0.place] }
        let leverages = ridge?.leverages(of: exemplars.map { frozen.features(of: $0.steps) }) ?? []
        var outcomes = Combination.Outcomes(
            scores: experts.map { _ in [Float](repeating: 0, count: tried.count * classCount) },
            actual: tried.map(\.classIndex), shares: shares(tried), classCount: classCount)
        guard classCount > 0 else { return outcomes }
        var input = ExpertInput(
            dimension: ensemble.dimension, featureCount: frozen.random?.count ?? 0)
        for (row, exemplar) in exemplars.enumerated() {
            input.fill(exemplar, frozen)
            let classIndex = tried[row].classIndex
            for (e, kind) in experts.enumerated() {
                outcomes.scores[e].withUnsafeMutableBufferPointer { all in
                    let own = UnsafeMutableBufferPointer(
                        rebasing: all[(row * classCount)..<((row + 1) * classCount)])
                    exemplar.codes.withUnsafeBufferPointer { codes in
                        _ = score(kind, input, codes: codes, memory: memory, means: ensemble.means, into: own)
                        switch kind {
                        case .counts:
                            memory.readout.counts?.score(
                                codes, without: (classIndex, exemplar.weight), into: own)
                        case .means:
                            ensemble.means.leaveOut(
                                exemplar, classIndex: classIndex, input, from: moments, scale: frozen.scale,
                                scores: own)
                        case .prototypes:
                            prototypes?.leaveOut(
                                classIndex: classIndex, place: tried[row].place, input, scores: own)
                        case .covariance:
                            covariance?.leaveOut(
                                exemplar, classIndex: classIndex, input, from: moments, scores: own)
                        case .ridge:
                            ridge?.leaveOut(
                                exemplar, classIndex: classIndex, leverage: leverages[row], scores: own)
                        case .trained:
                            break
                        }
                    }
                }
            }
        }
        return outcomes
    }

    /// Each exemplar stands for the samples of its class.
    private func shares(_ tried: [(classIndex: Int, place: Int)]) -> [Double] {
        var rows = [Int](repeating: 0, count: classCount)
        for row in tried { rows[row.classIndex] += 1 }
        let shares = tried.map { row in
            Double(weights[row.classIndex]) / Double(rows[row.classIndex])
        }
        let total = shares.reduce(0, +)
        guard total > 0 else { return shares }
        return shares.map { $0 / total * Double(tried.count) }
    }

    /// The scores of one expert for every class.
    ///
    /// - Returns: whether the expert knows anything yet; if not, the scores are left as they were.
    func score(
        _ kind: ExpertKind, _ input: ExpertInput, codes: UnsafeBufferPointer<UInt16>, memory: Bottleneck,
        means: ClassMeans, into scores: UnsafeMutableBufferPointer<Float>
    ) -> Bool {
        switch kind {
        case .counts: memory.score(codes, into: scores)
        case .means: means.score(input, into: scores)
        case .prototypes:
            guard let prototypes else { return false }
            prototypes.score(input, into: scores)
        case .covariance:
            guard let covariance else { return false }
            covariance.score(input, into: scores)
        case .ridge:
            guard let ridge else { return false }
            ridge.score(input, into: scores)
        case .trained:
            guard let trained else { return false }
            withUnsafeTemporaryAllocation(of: Float.self, capacity: trained.classCount) { own in
                input.scaled.withUnsafeBufferPointer {
                    trained.score(UnsafeBufferPointer(rebasing: $0[..<trained.dimension]), into: own)
                }
                scores.update(repeating: -.infinity)
                for (number, index) in trainedClasses.enumerated() where index < scores.count {
                    scores[index] = own[number]
                }
            }
        }
        return true
    }
}
