import Memory

/// The means follow from the sums, so a snapshot keeps none of them.
extension ClassMeans: Expert {
    static let needs: StatisticsNeeds = .sums
    static let isImmediate = true

    /// What cosines of sentence embeddings want.
    static func startWeight(_: ExpertSettings) -> Float { 10 }

    static func fit(_ statistics: inout Statistics, _ settings: ExpertSettings) -> ClassMeans? {
        var means = ClassMeans(dimension: settings.dimension, metric: settings.ensemble.metric)
        for index in statistics.moments.weights.indices { means.follow(index, statistics) }
        return means
    }

    mutating func follow(_ classIndex: Int, _ statistics: Statistics) {
        noteLearned(classIndex, from: statistics.moments, scale: statistics.frozen.scale)
    }

    func score(
        _ input: ExpertInput, codes _: UnsafeBufferPointer<UInt16>, memory _: Bottleneck,
        into scores: UnsafeMutableBufferPointer<Float>
    ) {
        score(input, into: scores)
    }

    func leaveOut(
        _ trial: Trial, _ input: ExpertInput, _ statistics: Statistics, memory _: Bottleneck,
        scores: UnsafeMutableBufferPointer<Float>
    ) {
        leaveOut(
            trial.exemplar, classIndex: trial.classIndex, input, from: statistics.moments,
            scale: statistics.frozen.scale, scores: scores)
    }
}
