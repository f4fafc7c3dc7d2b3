import Tensors

/// Streaming linear discriminant analysis: class means and one covariance for all classes, shrunk towards a multiple
/// of the identity (Hayes and Kanan 2020, arXiv 1909.01520).
///
/// `A = (1-ε) S / n + ε t I`: S the scatter of the scaled embeddings within their classes, n their number, t the
/// mean variance. With `P = A⁻¹` a class of mean m scores `m.P x - m.P m / 2`, which is its log-likelihood but for
/// what all classes have in common.
///
/// P is solved for when the ensemble is refreshed. Between two refreshes a mean that moved is multiplied anew.
public struct SharedCovariance: Sendable {
    /// ε.
    public static let shrinkage = 0.01
    /// The longest embedding that it takes: its matrix has the square of that many numbers.
    public static let dimensionLimit = 4_096

    /// P, [D][D].
    private let precision: PaddedRows
    /// (1-ε) / n, by which the scatter was multiplied.
    private let scatterShare: Float
    /// m of each class, [classes][D].
    private var means: PaddedRows
    /// P m of each class, [classes][D].
    private var directions: PaddedRows
    /// m.P m / 2 of each class; +infinity for a class without samples.
    private var offsets: [Float] = []
    /// The weight of each class when its direction was last multiplied.
    private var multipliedAt: [Int] = []

    /// Solves for the covariance of moments; nil when there is nothing in them.
    package init?(_ moments: inout Moments) {
        let dimension = moments.size
        let total = Double(moments.total)
        guard total > 0 else { return nil }
        var scatter = moments.folded()
        // n m mᵀ = s sᵀ / n of every class comes off.
        let classes = moments.weights.indices.filter { moments.weights[$0] > 0 }
        var rows: [Double] = []
        rows.reserveCapacity(classes.count * dimension)
        for index in classes {
            let share = 1 / Double(moments.weights[index]).squareRoot()
            for sum in moments.sums[index] { rows.append(Double(sum) * share) }
        }
        rows.withUnsafeBufferPointer { scatter.addProducts(of: $0, count: classes.count, factor: -1) }
        let square = Double(FeatureScale.stepsPerUnit * FeatureScale.stepsPerUnit)
        let trace = max(0, scatter.diagonal.reduce(0, +)) / (square * total * Double(dimension))
        // Classes of one sample each have no scatter at all.
        let ridge = Self.shrinkage * (trace > 0 ? trace : 1)
        let share = (1 - Self.shrinkage) / (square * total)
        for row in 0..<dimension {
            for column in 0..<row { scatter[row, column] *= share }
            scatter[row, row] = max(0, scatter[row, row]) * share + ridge
        }
        guard let factor = scatter.takeFactor() else { return nil }
        var inverse = [Double](repeating: 0, count: dimension * dimension)
        for d in 0..<dimension { inverse[d * dimension + d] = 1 }
        factor.solve(&inverse, count: dimension)
        self.init(
            precision: PaddedRows(width: dimension, flat: inverse.map { Float($0) }),
            scatterShare: Float((1 - Self.shrinkage) / total))
        for index in moments.weights.indices { update(index, from: moments) }
    }

    /// A solved covariance, without classes.
    init(precision: PaddedRows, scatterShare: Float) {
        self.precision = precision
        self.scatterShare = scatterShare
        means = PaddedRows(width: precision.width)
        directions = PaddedRows(width: precision.width)
    }

    /// A covariance as a snapshot kept it.
    ///
    /// - Parameters:
    ///   - means: [classes][D], as they were multiplied.
    ///   - progress: the weight of each class then.
    init(precision: PaddedRows, scatterShare: Float, means flat: [Float], progress: [Int]) {
        self.init(precision: precision, scatterShare: scatterShare)
        let width = precision.width
        for (index, weight) in progress.enumerated() {
            let padding = [Float](repeating: 0, count: precision.stride - width)
            setMean(index, flat[(index * width)..<((index + 1) * width)] + padding, weight: weight)
        }
    }

    /// The means as they were multiplied, in a row, to be kept in a snapshot.
    var multipliedMeans: [Float] { means.flat }

    /// P in a row, and its share of the scatter, to be kept in a snapshot.
    var solved: (precision: [Float], scatterShare: Float) { (precision.flat, scatterShare) }

    /// The weight of each class when its direction was last multiplied, to be kept in a snapshot.
    var progress: [Int] { multipliedAt }

    /// Takes over the mean of one class, if it has moved by more than a sixteenth of its weight since.
    package mutating func noteLearned(_ classIndex: Int, from moments: Moments) {
        let before = classIndex < multipliedAt.count ? multipliedAt[classIndex] : 0
        let now = moments.weight(of: classIndex)
        if now <= before || now - before > before / 16 { update(classIndex, from: moments) }
    }

    /// Takes over the mean of one class.
    package mutating func update(_ classIndex: Int, from moments: Moments) {
        let weight = moments.weight(of: classIndex)
        var mean = [Float](repeating: 0, count: means.stride)
        if weight > 0 {
            let share = 1 / (Float(weight) * FeatureScale.stepsPerUnit)
            for d in 0..<means.width { mean[d] = Float(moments.sums[classIndex][d]) * share }
        }
        setMean(classIndex, mean, weight: weight)
    }

    private mutating func setMean(_ classIndex: Int, _ mean: [Float], weight: Int) {
        means.grow(to: classIndex + 1)
        directions.grow(to: classIndex + 1)
        while offsets.count <= classIndex {
            offsets.append(.infinity)
            multipliedAt.append(0)
        }
        multipliedAt[classIndex] = weight
        means.setRow(classIndex) { row in for d in row.indices { row[d] = mean[d] } }
        var product = [Float](repeating: 0, count: means.width)
        mean.withUnsafeBufferPointer { mean in
            product.withUnsafeMutableBufferPointer { precision.products(with: mean, into: $0) }
        }
        directions.setRow(classIndex) { row in for d in row.indices { row[d] = product[d] } }
        var half: Float = 0
        for d in 0..<means.width { half += product[d] * mean[d] }
        offsets[classIndex] = weight > 0 ? half / 2 : .infinity
    }

    func detached() -> SharedCovariance {
        var copy = self
        copy.means = PaddedRows(width: means.width)
        copy.directions = directions.copied()
        copy.offsets = offsets.copied()
        copy.multipliedAt = []
        return copy
    }

    /// The score of every class; -infinity for one without samples.
    ///
    /// - Parameter scores: a place for each class, overwritten.
    package func score(_ input: ExpertInput, into scores: UnsafeMutableBufferPointer<Float>) {
        let known = min(scores.count, directions.count)
        input.scaled.withUnsafeBufferPointer { directions.products(with: $0, into: scores) }
        for index in 0..<known { scores[index] -= offsets[index] }
        for index in known..<scores.count { scores[index] = -.infinity }
    }

    /// Changes the scores of a sample to what they were if it had not been learned.
    ///
    /// Without x the scatter is `S - w n / (n - w) u uᵀ`, `u = x - m` (w its weight, n that of its class), so by
    /// Sherman and Morrison `P' = P + a (P u)(P u)ᵀ / (1 - a u.P u)`. That n and t change by one part in n is left out.
    ///
    /// - Parameter scores: of ``score(_:into:)``.
    package func leaveOut(
        _ exemplar: Exemplar, classIndex: Int, _ input: ExpertInput, from moments: Moments,
        scores: UnsafeMutableBufferPointer<Float>
    ) {
        let weight = Float(moments.weights[classIndex])
        let own = Float(exemplar.weight)
        guard weight > own, classIndex < means.count else {
            scores[classIndex] = -.infinity
            return
        }
        let width = means.width
        let mean = means[classIndex]
        var deviation = [Float](repeating: 0, count: means.stride)
        for d in 0..<width { deviation[d] = input.scaled[d] - mean[mean.startIndex + d] }
        var solved = [Float](repeating: 0, count: precision.stride)
        deviation.withUnsafeBufferPointer { deviation in
            solved.withUnsafeMutableBufferPointer { precision.products(with: deviation, into: $0) }
        }
        let a = scatterShare * own * weight / (weight - own)
        var square: Float = 0
        for d in 0..<width { square += solved[d] * deviation[d] }
        // Where the class is hardly more than this sample the rest says little of its covariance.
        let gain = a / max(0.01, 1 - a * square)
        var alongSample: Float = 0
        for d in 0..<width { alongSample += solved[d] * input.scaled[d] }
        var alongMeans = [Float](repeating: 0, count: max(means.count, scores.count))
        solved.withUnsafeBufferPointer { solved in
            alongMeans.withUnsafeMutableBufferPointer { means.products(with: solved, into: $0) }
        }
        for index in 0..<min(scores.count, means.count) where offsets[index] < .infinity {
            scores[index] += gain * alongMeans[index] * (alongSample - alongMeans[index] / 2)
        }
        // The mean without x: m' = m - w / (n - w) u.
        let step = own / (weight - own)
        var ownScore: Float = 0
        for d in 0..<width {
            let value = mean[mean.startIndex + d] - step * deviation[d]
            // P' m' by its parts: P m' = P m - step P u.
            let product = directions[classIndex, d] - step * solved[d]
            ownScore += product * input.scaled[d] - product * value / 2
        }
        let along = alongMeans[classIndex] - step * square
        scores[classIndex] = ownScore + gain * along * (alongSample - along / 2)
    }
}
