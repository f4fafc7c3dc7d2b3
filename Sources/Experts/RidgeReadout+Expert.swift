import Memory
import Tensors

extension RidgeReadout: Expert {
    static let needs: StatisticsNeeds = .features

    static func fit(_ statistics: inout Statistics, _: ExpertSettings) -> RidgeReadout? {
        // With much fewer samples than features it could say little, for the same price.
        guard let size = statistics.featureMoments?.size, statistics.weights.reduce(0, +) >= size / 16
        else { return nil }
        return statistics.featureMoments?.ridgeReadout()
    }

    func score(
        _ input: ExpertInput, codes _: UnsafeBufferPointer<UInt16>, memory _: Bottleneck,
        into scores: UnsafeMutableBufferPointer<Float>
    ) {
        score(input, into: scores)
    }

    mutating func prepareTrials(on exemplars: [Exemplar], _ frozen: FrozenFeatures) {
        leverages = leverages(of: exemplars.map { frozen.features(of: $0.steps) })
        factor = nil
    }

    func leaveOut(
        _ trial: Trial, _: ExpertInput, _: Statistics, memory _: Bottleneck,
        scores: UnsafeMutableBufferPointer<Float>
    ) {
        leaveOut(
            trial.exemplar, classIndex: trial.classIndex, leverage: leverages[trial.row], scores: scores)
    }

    func keep(in parts: inout KeptParts) {
        let weights = solved
        parts["ridge"] = TensorData(weights, shape: [classCount, weights.count / max(1, classCount)])
    }

    static func restored(
        from parts: KeptParts, _ statistics: inout Statistics, _: ExpertSettings
    ) throws -> RidgeReadout? {
        guard let featureCount = statistics.featureMoments?.size, let weights = parts["ridge"]?.floats()
        else { return nil }
        guard weights.count % featureCount == 0 else { throw KeptParts.misfit("ridge") }
        return RidgeReadout(weights: PaddedRows(width: featureCount, flat: weights))
    }
}
