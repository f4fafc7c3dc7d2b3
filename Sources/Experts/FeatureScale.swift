/// The frozen map from an embedding to whole numbers that all second-order statistics are made of.
///
/// A feature is centred by its mean over the pool that the keys were made from and divided by
/// `sqrt(v + 0.1 v̄)`: v its variance in the pool, v̄ the mean variance. So features on very different scales count
/// alike, without blowing up those that hardly vary. The outcome is rounded to 1/256 and kept within ±16.
///
/// Sums of whole numbers are exact: they do not depend on order, merge by addition and are taken back to the bit.
public struct FeatureScale: Sendable, Equatable {
    /// Whole steps in one unit.
    public static let stepsPerUnit: Float = 256
    /// The largest magnitude in steps; what lies beyond is cut off.
    public static let stepLimit: Float = 4_095

    /// D, the length of an embedding.
    public let dimension: Int
    /// The mean of each feature over the pool.
    public let offsets: [Float]
    /// By what each centred feature is multiplied.
    public let factors: [Float]

    /// The scale of a pool of embeddings.
    ///
    /// - Parameter vectors: [rows][dimension], finite, at least one row.
    public init(pool vectors: [Float], dimension: Int) {
        let rows = vectors.count / dimension
        precondition(
            rows > 0 && vectors.count == rows * dimension, "the pool is no whole number of embeddings")
        var means = [Double](repeating: 0, count: dimension)
        var variances = means
        for row in 0..<rows {
            for d in 0..<dimension { means[d] += Double(vectors[row * dimension + d]) }
        }
        for d in 0..<dimension { means[d] /= Double(rows) }
        for row in 0..<rows {
            for d in 0..<dimension {
                let difference = Double(vectors[row * dimension + d]) - means[d]
                variances[d] += difference * difference
            }
        }
        for d in 0..<dimension { variances[d] /= Double(rows) }
        let mean = variances.reduce(0, +) / Double(dimension)
        // A pool of one embedding says nothing of scale.
        let floor = mean > 0 ? 0.1 * mean : 1
        // Factors of subnormal embeddings would be infinite.
        let limit = Float.greatestFiniteMagnitude / Self.stepsPerUnit
        self.init(
            offsets: means.map { Float($0) },
            factors: variances.map { min(Float(1 / ($0 + floor).squareRoot()), limit) })
    }

    /// A given scale.
    package init(offsets: [Float], factors: [Float]) {
        dimension = offsets.count
        self.offsets = offsets
        self.factors = factors
    }

    /// Scales one embedding.
    ///
    /// - Parameters:
    ///   - vector: [dimension], finite.
    ///   - steps: [dimension], overwritten: whole steps.
    public func scale(_ vector: UnsafeBufferPointer<Float>, into steps: UnsafeMutableBufferPointer<Int16>) {
        offsets.withUnsafeBufferPointer { offsets in
            factors.withUnsafeBufferPointer { factors in
                for d in 0..<dimension {
                    let value = (vector[d] - offsets[d]) * factors[d] * Self.stepsPerUnit
                    steps[d] = Int16(max(-Self.stepLimit, min(Self.stepLimit, value.rounded())))
                }
            }
        }
    }

    /// The embedding that gives these steps, up to the rounding.
    public func restore(_ steps: some Sequence<Double>) -> [Float] {
        zip(steps, zip(offsets, factors)).map { step, scale in
            scale.0 + Float(step) / (Self.stepsPerUnit * scale.1)
        }
    }
}
