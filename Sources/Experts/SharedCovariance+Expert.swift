import Memory
import Tensors

extension SharedCovariance: Expert {
    static let needs: StatisticsNeeds = .products

    static func fit(_ statistics: inout Statistics, _: ExpertSettings) -> SharedCovariance? {
        SharedCovariance(&statistics.moments)
    }

    mutating func follow(_ classIndex: Int, _ statistics: Statistics) {
        noteLearned(classIndex, from: statistics.moments)
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
            trial.exemplar, classIndex: trial.classIndex, input, from: statistics.moments, scores: scores)
    }

    func keep(in parts: inout KeptParts) {
        let (precision, scatterShare) = solved
        let width = Int(Double(precision.count).squareRoot().rounded())
        parts["precision"] = TensorData(precision, shape: [width, width])
        parts["means"] = TensorData(multipliedMeans, shape: [progress.count, width])
        parts.numbers["scatterShare"] = .one(scatterShare)
        parts.numbers["covarianceProgress"] = .list(progress)
    }

    static func restored(
        from parts: KeptParts, _: inout Statistics, _ settings: ExpertSettings
    ) throws -> SharedCovariance? {
        guard let scatterShare = parts.numbers["scatterShare"]?.one,
            let progress = parts.numbers["covarianceProgress"]?.list
        else { return nil }
        let precision = try parts.tensor("precision").floats()
        let means = try parts.tensor("means").floats()
        guard precision.count == settings.dimension * settings.dimension,
            means.count == progress.count * settings.dimension
        else { throw KeptParts.misfit("covariance") }
        return SharedCovariance(
            precision: PaddedRows(width: settings.dimension, flat: precision), scatterShare: scatterShare,
            means: means, progress: progress)
    }
}
