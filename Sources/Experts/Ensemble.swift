import Memory

/// Several experts that learn from the same samples and answer together, with their weights, their confidence and
/// their reasons.
///
/// What is learned (``Statistics``) are whole numbers and a set of real samples chosen by hash: neither depends on the
/// order of the stream. What is solved for from them (``Solution``) is made anew from time to time, at places that
/// follow from the number of samples learned, so that a replay solves at the same places. Which experts there are, only
/// ``ExpertKind`` knows.
///
/// The counts themselves live in the bottleneck; the ensemble asks them like any other expert.
public struct Ensemble: Sendable {
    let settings: ExpertSettings
    /// What was learned; nil until the keys are made.
    var statistics: Statistics?
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
        settings = ExpertSettings(
            ensemble: try configuration.validated(dimension: dimension), memory: memory, dimension: dimension)
        solution = Solution(settings)
    }

    /// Which experts there are.
    public var configuration: EnsembleConfiguration { settings.ensemble }

    /// How embeddings become whole numbers; nil until the keys are made.
    public var frozen: FrozenFeatures? { statistics?.frozen }

    /// Real samples of every class.
    public var exemplars: Exemplars { statistics?.exemplars ?? settings.noExemplars }

    /// Sets the scale from the pool that the keys are made from; from now on samples can be encoded.
    ///
    /// - Parameter vectors: [rows][dimension], finite.
    public mutating func initialise(from vectors: [Float]) {
        var statistics = Statistics(
            FeatureScale(pool: vectors, dimension: settings.dimension), settings)
        solution = Solution(&statistics, settings)
        self.statistics = statistics
    }

    /// The same experts for who only asks, never to learn: without the sums that were learned, and with a copy of what
    /// learning changes in place, so that no later change of this one copies it.
    package func detached() -> Ensemble {
        var copy = self
        copy.statistics = statistics?.detached()
        copy.solution = solution.detached()
        copy.pending = nil
        return copy
    }

    // MARK: Learning

    /// Whether sums would no longer be exact if more were learned.
    public var isFull: Bool { statistics?.isFull ?? false }

    /// Learns one sample.
    ///
    /// - Parameters:
    ///   - classIndex: the label's class.
    ///   - weight: how often it counts.
    public mutating func learn(
        _ sample: EncodedSample, classIndex: Int, weight: Int, id: String, source: SampleSource?
    ) {
        guard statistics != nil else { return }
        statistics?.learn(sample, classIndex: classIndex, weight: weight, id: id, source: source)
        follow(CollectionOfOne(classIndex))
        changes += 1
        learned += 1
    }

    /// Takes one sample back. The caller knows that it was learned.
    public mutating func unlearn(_ sample: EncodedSample, classIndex: Int, weight: Int, id: String) {
        guard statistics != nil else { return }
        statistics?.unlearn(sample, classIndex: classIndex, weight: weight, id: id)
        noteForgotten([classIndex])
    }

    /// Forgets a class. See ``Moments`` for what its samples leave behind: an unlabelled share of the scatter.
    public mutating func remove(classIndex: Int) {
        guard knows(classIndex) else { return }
        statistics?.remove(classIndex: classIndex)
        noteForgotten([classIndex])
    }

    /// Makes the samples of one class samples of another, exactly.
    public mutating func merge(_ classIndex: Int, into other: Int) {
        guard classIndex != other, knows(classIndex), knows(other) else { return }
        statistics?.merge(classIndex, into: other)
        noteForgotten([classIndex, other])
    }

    private func knows(_ classIndex: Int) -> Bool { classIndex < statistics?.weights.count ?? 0 }

    private mutating func follow(_ classes: some Sequence<Int>) {
        if let statistics { solution.follow(classes, statistics) }
    }

    private mutating func noteForgotten(_ classes: [Int]) {
        follow(classes)
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
        guard let statistics, pending == nil, changes >= 32 else { return false }
        let size = statistics.solvedSize
        return changes >= learned / (learned < size ? 4 : 8)
            || (statistics.weights.count > solution.weights.count && changes >= size / 8)
    }

    /// Begins to solve on another core when it is time, and takes the solution over a sixteenth of the stream
    /// later. To be called after each sample learned.
    public mutating func advance(_ memory: Bottleneck) {
        if let pending, learned >= pending.adoptAt {
            adopt(pending.solution)
            self.pending = nil
        }
        guard isRefreshDue, let statistics else { return }
        changes = 0
        let (settings, number) = (settings, solution.number + 1)
        pending = PendingSolution(adoptAt: learned + max(32, learned / 16)) {
            var copy = statistics
            return copy.solve(settings, memory, number: number)
        }
    }

    /// Solves for all experts and their weights at once. The outcome depends on what was learned alone, not on when.
    public mutating func refresh(_ memory: Bottleneck) {
        pending = nil
        guard let solved = statistics?.solve(settings, memory, number: solution.number + 1) else { return }
        adopt(solved)
        changes = 0
        isStale = false
    }

    private mutating func adopt(_ solved: Solution) {
        solution = solved
        // More was learned while it was worked out.
        if let classes = statistics?.weights.indices { follow(classes) }
    }
}
