import Memory
import Tensors

/// Several experts that learn from the same samples and answer together, with their weights, their confidence and
/// their reasons.
///
/// What is learned are whole numbers and a set of real samples chosen by hash: neither depends on the order of the
/// stream. What is solved for from them (``Solution``) is made anew from time to time, at places that follow from the
/// number of samples learned, so that a replay solves at the same places.
///
/// The counts themselves live in the bottleneck; the ensemble asks them like any other expert.
public struct Ensemble: Sendable {
    /// Which experts there are.
    public let configuration: EnsembleConfiguration
    let dimension: Int
    let seed: UInt64
    /// How embeddings become whole numbers; nil until the keys are made.
    public internal(set) var frozen: FrozenFeatures?
    /// Of scaled embeddings.
    var moments: Moments
    /// Of random features.
    var featureMoments: Moments?
    /// Real samples of every class.
    public internal(set) var exemplars: Exemplars
    /// By class the weight learned.
    var weights: [Int] = []
    /// Means follow every sample; they are not part of the solution.
    var means: ClassMeans
    /// What was solved for at the last refresh.
    public internal(set) var solution: Solution
    /// What is being solved for, and from when on it counts.
    var pending: PendingSolution?
    /// Samples learned, taken back and moved about since the last refresh was begun.
    var changes = 0
    /// Samples learned since the start.
    var learned = 0
    /// Whether something was taken back since the last refresh, so that the next answer must not know of it.
    public internal(set) var isStale = false

    /// An ensemble that knows nothing.
    ///
    /// - Throws: ``MemoryError`` when a setting is out of its range.
    public init(
        configuration: EnsembleConfiguration, memory: BottleneckConfiguration, dimension: Int
    ) throws(MemoryError) {
        self.configuration = try configuration.validated(dimension: dimension)
        self.dimension = dimension
        seed = memory.seed
        moments = Moments(size: dimension, hasProducts: configuration.experts.contains(.covariance))
        exemplars = Exemplars(
            perClass: configuration.exemplarsPerClass,
            bytesEach: Self.exemplarBytes(memory, dimension: dimension), seed: memory.seed)
        means = ClassMeans(dimension: dimension, metric: configuration.metric)
        solution = Solution(experts: configuration.experts, codebooks: memory.codebooks)
    }

    static func exemplarBytes(_ memory: BottleneckConfiguration, dimension: Int) -> Int {
        2 * (dimension + memory.codebooks * memory.neighbours)
    }

    private func uses(_ kind: ExpertKind) -> Bool { configuration.experts.contains(kind) }

    // MARK: The frozen part

    /// Sets the scale from the pool that the keys are made from; from now on samples can be encoded.
    ///
    /// - Parameter vectors: [rows][dimension], finite.
    public mutating func initialise(from vectors: [Float]) {
        freeze(FeatureScale(pool: vectors, dimension: dimension))
    }

    mutating func freeze(_ scale: FeatureScale) {
        let frozen = FrozenFeatures(
            scale: scale, featureCount: uses(.ridge) ? configuration.features : 0, seed: seed)
        featureMoments = frozen.random.map { Moments(size: $0.count) }
        self.frozen = frozen
    }

    // MARK: Learning

    /// Whether sums would no longer be exact if more were learned.
    public var isFull: Bool { moments.isFull || featureMoments?.isFull ?? false }

    /// Learns one sample.
    ///
    /// - Parameters:
    ///   - classIndex: the label's class.
    ///   - weight: how often it counts.
    public mutating func learn(
        _ sample: EncodedSample, classIndex: Int, weight: Int, id: String, source: SampleSource?
    ) {
        guard let frozen else { return }
        while weights.count <= classIndex { weights.append(0) }
        addMoments(sample, classIndex: classIndex, weight: weight, scale: frozen.scale)
        let hash = exemplars.hash(of: id)
        if exemplars.mayKeep(hash: hash, classIndex: classIndex) {
            exemplars.add(
                Exemplar(
                    hash: hash, id: id, source: source, weight: weight, codes: Array(sample.codes),
                    steps: Array(sample.steps)), classIndex: classIndex)
        }
        changes += 1
        learned += 1
    }

    private mutating func addMoments(
        _ sample: EncodedSample, classIndex: Int, weight: Int, scale: FeatureScale
    ) {
        weights[classIndex] += weight
        if uses(.covariance) || uses(.means) {
            moments.add(sample.steps, classIndex: classIndex, weight: weight)
            if uses(.means) { means.update(classIndex, from: moments, scale: scale) }
            solution.covariance?.noteLearned(classIndex, from: moments)
        }
        featureMoments?.add(sample.features, classIndex: classIndex, weight: weight)
    }

    /// Takes one sample back. The caller knows that it was learned.
    public mutating func unlearn(_ sample: EncodedSample, classIndex: Int, weight: Int, id: String) {
        guard let frozen else { return }
        addMoments(sample, classIndex: classIndex, weight: -weight, scale: frozen.scale)
        exemplars.remove(id: id, weight: weight, steps: Array(sample.steps), classIndex: classIndex)
        noteForgotten()
    }

    /// Forgets a class. See ``Moments`` for what its samples leave behind: an unlabelled share of the scatter.
    public mutating func remove(classIndex: Int) {
        guard classIndex < weights.count else { return }
        weights[classIndex] = 0
        moments.forget(classIndex)
        featureMoments?.forget(classIndex)
        exemplars.remove(classIndex: classIndex)
        followMoments(of: [classIndex])
    }

    /// Makes the samples of one class samples of another, exactly.
    public mutating func merge(_ classIndex: Int, into other: Int) {
        guard classIndex != other, classIndex < weights.count, other < weights.count else { return }
        weights[other] += weights[classIndex]
        weights[classIndex] = 0
        moments.merge(classIndex, into: other)
        featureMoments?.merge(classIndex, into: other)
        exemplars.merge(classIndex, into: other)
        followMoments(of: [classIndex, other])
    }

    private mutating func followMoments(of classes: [Int]) {
        for index in classes where index < moments.weights.count {
            if uses(.means), let frozen { means.update(index, from: moments, scale: frozen.scale) }
            solution.covariance?.noteLearned(index, from: moments)
        }
        noteForgotten()
    }

    private mutating func noteForgotten() {
        changes += 1
        isStale = true
        // It still knows what was taken back.
        pending = nil
    }

    // MARK: Refreshing

    /// Whether it is time to solve anew: when an eighth of what was learned is new; a quarter as long as it is less
    /// than the experts have parameters to solve for; and, with a class that the solution does not know, after as many
    /// samples as pay for the solving, whose M³/3 operations are those of learning M/8 samples.
    private var isRefreshDue: Bool {
        guard frozen != nil, pending == nil, changes >= 32 else { return false }
        let size = max(featureMoments?.size ?? 0, uses(.covariance) ? dimension : 0)
        return changes >= learned / (learned < size ? 4 : 8)
            || (weights.count > solution.weights.count && changes >= size / 8)
    }

    /// Begins to solve on another core when it is time, and takes the solution over a sixteenth of the stream
    /// later. To be called after each sample learned.
    public mutating func advance(_ memory: Bottleneck) {
        if let pending, learned >= pending.adoptAt {
            adopt(pending.solution)
            self.pending = nil
        }
        guard isRefreshDue, let frozen else { return }
        changes = 0
        let copy = self
        pending = PendingSolution(adoptAt: learned + max(32, learned / 16)) {
            var (moments, features) = (copy.moments, copy.featureMoments)
            return Solution(
                copy, frozen: frozen, memory: memory, moments: &moments, featureMoments: &features)
        }
    }

    /// Solves for all experts and their weights at once. The outcome depends on what was learned alone, not on when.
    public mutating func refresh(_ memory: Bottleneck) {
        guard let frozen else { return }
        pending = nil
        adopt(
            Solution(self, frozen: frozen, memory: memory, moments: &moments, featureMoments: &featureMoments)
        )
        changes = 0
        isStale = false
    }

    private mutating func adopt(_ solved: Solution) {
        solution = solved
        // Means have moved on while it was worked out.
        for index in moments.weights.indices { solution.covariance?.noteLearned(index, from: moments) }
    }

    // MARK: Answering

    /// Room for answers, kept from sample to sample.
    public struct Room: Sendable {
        var input: ExpertInput
        /// By expert: a score for each class.
        var scores: [[Float]] = []
        /// The best score of each expert; -infinity for one that was not solved for yet.
        var best: [Float] = []
        /// By class the combined score of the immediate experts.
        var immediate: [Float] = []
        /// The class with the best score of each expert.
        public internal(set) var favourites: [Int?] = []

        /// Room for an ensemble's answers.
        public init(_ ensemble: Ensemble) {
            input = ExpertInput(
                dimension: ensemble.dimension, featureCount: ensemble.frozen?.random?.count ?? 0)
            best = [Float](repeating: 0, count: ensemble.configuration.experts.count)
            scores = [[Float]](repeating: [], count: ensemble.configuration.experts.count)
            favourites = [Int?](repeating: nil, count: ensemble.configuration.experts.count)
        }
    }

    /// The combined score of every class, whose softmax is the answer. Changes nothing but the room.
    ///
    /// - Parameters:
    ///   - codes: [C][T], the codes to ask the counts with.
    ///   - scores: a place for each class, overwritten; -infinity for one that nothing is known of.
    public func score(
        _ sample: EncodedSample, codes: UnsafeBufferPointer<UInt16>, memory: Bottleneck, room: inout Room,
        into scores: UnsafeMutableBufferPointer<Float>
    ) {
        room.input.fill(sample)
        for (e, kind) in configuration.experts.enumerated() {
            if room.scores[e].count != scores.count {
                room.scores[e] = [Float](repeating: 0, count: scores.count)
            }
            (room.best[e], room.favourites[e]) = (-.infinity, nil)
            let known = room.scores[e].withUnsafeMutableBufferPointer {
                solution.score(kind, room.input, codes: codes, memory: memory, means: means, into: $0)
            }
            guard known else { continue }
            // An embedding of absurd length overflows; then this expert has nothing to say.
            if room.scores[e].contains(where: \.isNaN) {
                for index in room.scores[e].indices { room.scores[e][index] = 0 }
            }
            for (index, score) in room.scores[e].enumerated() where score > room.best[e] {
                (room.best[e], room.favourites[e]) = (score, index)
            }
        }
        combine(room, solution.combination.weights, into: scores)
        if scores.indices.contains(where: { isLearned($0) && !isPlaced($0, scores[$0]) }) {
            placeOthers(&room, into: scores)
        }
        // A class of which nothing is known cannot be the answer.
        for index in scores.indices where !isLearned(index) { scores[index] = -.infinity }
    }

    private func isLearned(_ classIndex: Int) -> Bool {
        classIndex < weights.count && weights[classIndex] > 0
    }

    /// Whether all experts can tell a class from the others: the solution knows it, and so does each of them. Some
    /// know a class by its exemplars alone, which may all have been taken back, or kept from training.
    private func isPlaced(_ classIndex: Int, _ score: Float) -> Bool {
        isLearned(classIndex) && solution.knows(classIndex, weights) && score > -.infinity
    }

    /// The weighted sum of the experts' scores in the room.
    private func combine(
        _ room: Room, _ weights: [Float], into scores: UnsafeMutableBufferPointer<Float>
    ) {
        scores.update(repeating: 0)
        for e in room.scores.indices where weights[e] > 0 && room.best[e] > -.infinity {
            room.scores[e].withUnsafeBufferPointer { own in
                for index in scores.indices { scores[index] += weights[e] * own[index] }
            }
        }
    }

    /// Classes that not all experts know share the belief with the others as the immediate experts say, and the others
    /// share theirs among each other as all experts say.
    private func placeOthers(_ room: inout Room, into scores: UnsafeMutableBufferPointer<Float>) {
        let placed = scores.indices.map { isPlaced($0, scores[$0]) }
        if room.immediate.count != scores.count {
            room.immediate = [Float](repeating: 0, count: scores.count)
        }
        var others = room.immediate
        others.withUnsafeMutableBufferPointer { combine(room, solution.immediate.weights, into: $0) }
        func logSum(_ values: (Int) -> Float) -> Float {
            let known = scores.indices.filter { placed[$0] }
            guard let largest = known.map(values).max(), largest > -.infinity else { return -.infinity }
            return largest
                + Float(logarithm(known.reduce(0.0) { $0 + exponential(Double(values($1) - largest)) }))
        }
        let shift = logSum { others[$0] } - logSum { scores[$0] }
        for index in scores.indices {
            if !placed[index] {
                scores[index] = others[index]
            } else if shift.isFinite {
                scores[index] += shift
            }
        }
        room.immediate = others
    }

    /// The combined score before the weights were fitted, from the scores in the room.
    public func uncalibrated(_ room: Room, into scores: UnsafeMutableBufferPointer<Float>) {
        for index in scores.indices where scores[index] > -.infinity {
            var sum: Float = 0
            for e in room.scores.indices
            where room.best[e] > -.infinity && room.scores[e][index] > -.infinity {
                sum += solution.combination.initialWeights[e] * room.scores[e][index]
            }
            scores[index] = sum
        }
    }

    /// How far from what is known the sample in the room is; nil before the first refresh.
    public func distance(_ room: Room) -> Float? {
        guard let familiarity = solution.familiarity, room.best.allSatisfy({ $0 > -.infinity }) else {
            return nil
        }
        return familiarity.distance(room.best)
    }
}
