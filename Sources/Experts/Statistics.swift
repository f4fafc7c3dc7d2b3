import Tensors

/// What was counted and kept of all samples: the experts are solved for from this alone.
///
/// Whole numbers, and real samples chosen by hash: none of it depends on the order of the stream.
struct Statistics: Sendable {
    /// How embeddings become whole numbers.
    let frozen: FrozenFeatures
    /// What is kept.
    let needs: StatisticsNeeds
    /// Of scaled embeddings; empty where no expert needs them.
    var moments: Moments
    /// Of random features, where an expert needs them.
    var featureMoments: Moments?
    /// Real samples of every class.
    var exemplars: Exemplars
    /// By class the weight learned.
    var weights: [Int] = []

    /// Nothing learned yet.
    init(_ scale: FeatureScale, _ settings: ExpertSettings) {
        needs = settings.needs
        frozen = FrozenFeatures(
            scale: scale, featureCount: needs.contains(.features) ? settings.ensemble.features : 0,
            seed: settings.memory.seed)
        moments = Moments(size: scale.dimension, hasProducts: needs.contains(.products))
        featureMoments = frozen.random.map { Moments(size: $0.count) }
        exemplars = settings.noExemplars
    }

    /// What answers need of them: exemplars, which are shared, and the weights of classes. No sums.
    func detached() -> Statistics {
        var copy = self
        copy.moments = Moments(size: moments.size, hasProducts: false)
        copy.featureMoments = nil
        copy.weights = weights.copied()
        return copy
    }

    /// The largest number of unknowns that an expert solves for at once; 0 when none does.
    var solvedSize: Int { max(featureMoments?.size ?? 0, needs.contains(.products) ? moments.size : 0) }

    /// Whether sums would no longer be exact if more were learned.
    var isFull: Bool { moments.isFull || featureMoments?.isFull ?? false }

    /// Learns one sample.
    mutating func learn(
        _ sample: EncodedSample, classIndex: Int, weight: Int, id: String, source: SampleSource?
    ) {
        while weights.count <= classIndex { weights.append(0) }
        add(sample, classIndex: classIndex, weight: weight)
        let hash = exemplars.hash(of: id)
        guard exemplars.mayKeep(hash: hash, classIndex: classIndex) else { return }
        exemplars.add(
            Exemplar(
                hash: hash, id: id, source: source, weight: weight, codes: Array(sample.codes),
                steps: Array(sample.steps)), classIndex: classIndex)
    }

    private mutating func add(_ sample: EncodedSample, classIndex: Int, weight: Int) {
        weights[classIndex] += weight
        if needs.contains(.sums) { moments.add(sample.steps, classIndex: classIndex, weight: weight) }
        featureMoments?.add(sample.features, classIndex: classIndex, weight: weight)
    }

    /// Takes one sample back. The caller knows that it was learned.
    mutating func unlearn(_ sample: EncodedSample, classIndex: Int, weight: Int, id: String) {
        add(sample, classIndex: classIndex, weight: -weight)
        exemplars.remove(id: id, weight: weight, steps: Array(sample.steps), classIndex: classIndex)
    }

    /// Forgets a class. See ``Moments`` for what its samples leave behind: an unlabelled share of the scatter.
    mutating func remove(classIndex: Int) {
        weights[classIndex] = 0
        moments.forget(classIndex)
        featureMoments?.forget(classIndex)
        exemplars.remove(classIndex: classIndex)
    }

    /// Makes the samples of one class samples of another, exactly.
    mutating func merge(_ classIndex: Int, into other: Int) {
        weights[other] += weights[classIndex]
        weights[classIndex] = 0
        moments.merge(classIndex, into: other)
        featureMoments?.merge(classIndex, into: other)
        exemplars.merge(classIndex, into: other)
    }
}
