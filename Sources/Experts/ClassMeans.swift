import Tensors

/// Answers with the class whose mean is nearest: the simplest prototype layer, one prototype a class.
///
/// The means follow from exact sums, so they do not depend on the order of the stream. A class scores the cosine of
/// the embedding and its mean, or minus half their squared Euclidean distance.
public struct ClassMeans: Sendable {
    /// How near an embedding is to a mean.
    public enum Metric: String, Sendable, Codable, CaseIterable {
        /// By the angle between them.
        case cosine
        /// By the squared distance.
        case euclidean
    }

    /// How near is measured.
    public let metric: Metric
    /// The mean of each class, of length one with `cosine`: [classes][D].
    private var means: PaddedRows
    /// Half the squared length of each mean; +infinity for a class that has none.
    private var halfNorms: [Float] = []
    /// The weight of each class when its mean was taken over.
    private var takenAt: [Int] = []

    /// No means yet.
    package init(dimension: Int, metric: Metric) {
        self.metric = metric
        means = PaddedRows(width: dimension)
    }

    /// Takes over the mean of one class, if anything was learned or taken back of it since: all that is changes its weight.
    mutating func noteLearned(_ classIndex: Int, from moments: Moments, scale: FeatureScale) {
        let before = classIndex < takenAt.count ? takenAt[classIndex] : 0
        if moments.weight(of: classIndex) != before { update(classIndex, from: moments, scale: scale) }
    }

    /// Takes over the mean of one class.
    package mutating func update(_ classIndex: Int, from moments: Moments, scale: FeatureScale) {
        means.grow(to: classIndex + 1)
        while halfNorms.count <= classIndex {
            halfNorms.append(.infinity)
            takenAt.append(0)
        }
        let weight = moments.weight(of: classIndex)
        takenAt[classIndex] = weight
        guard weight > 0 else {
            halfNorms[classIndex] = .infinity
            means.setRow(classIndex) { $0.update(repeating: 0) }
            return
        }
        var square: Float = 0
        let share = 1 / (Float(weight) * FeatureScale.stepsPerUnit)
        means.setRow(classIndex) { mean in
            moments.sums[classIndex].withUnsafeBufferPointer { sums in
                for d in 0..<mean.count {
                    let value = scale.offsets[d] + Float(sums[d]) * share / scale.factors[d]
                    mean[d] = value
                    square += value * value
                }
            }
            guard metric == .cosine else { return }
            let factor = square > 0 ? 1 / square.squareRoot() : 0
            for d in 0..<mean.count { mean[d] *= factor }
        }
        halfNorms[classIndex] = square / 2
    }

    func detached() -> ClassMeans {
        var copy = self
        copy.means = means.copied()
        copy.halfNorms = halfNorms.copied()
        copy.takenAt = []
        return copy
    }

    /// The score of every class; -infinity for one without a mean.
    ///
    /// - Parameter scores: a place for each class, overwritten.
    package func score(_ input: ExpertInput, into scores: UnsafeMutableBufferPointer<Float>) {
        let known = min(scores.count, means.count)
        input.vector.withUnsafeBufferPointer { means.products(with: $0, into: scores) }
        for index in 0..<known {
            guard halfNorms[index] < .infinity else {
                scores[index] = -.infinity
                continue
            }
            scores[index] =
                metric == .cosine
                ? scores[index] / max(input.norm, .leastNormalMagnitude)
                : scores[index] - halfNorms[index] - input.norm * input.norm / 2
        }
        for index in known..<scores.count { scores[index] = -.infinity }
    }

    /// Changes the score of a sample's own class to what it was if the sample had not been learned.
    ///
    /// - Parameter scores: of ``score(_:into:)``.
    package func leaveOut(
        _ exemplar: Exemplar, classIndex: Int, _ input: ExpertInput, from moments: Moments,
        scale: FeatureScale,
        scores: UnsafeMutableBufferPointer<Float>
    ) {
        let weight = moments.weights[classIndex] - exemplar.weight
        guard weight > 0 else {
            scores[classIndex] = -.infinity
            return
        }
        var product: Float = 0
        var square: Float = 0
        let share = 1 / (Float(weight) * FeatureScale.stepsPerUnit)
        for d in 0..<means.width {
            let sum = moments.sums[classIndex][d] - exemplar.weight * Int(exemplar.steps[d])
            let value = scale.offsets[d] + Float(sum) * share / scale.factors[d]
            square += value * value
            product += value * input.vector[d]
        }
        scores[classIndex] =
            metric == .cosine
            ? product / max(input.norm * square.squareRoot(), .leastNormalMagnitude)
            : product - square / 2 - input.norm * input.norm / 2
    }
}
