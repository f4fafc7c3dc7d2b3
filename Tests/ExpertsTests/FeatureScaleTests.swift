import Experts
import Memory
import Tensors
import Testing

/// The map from embeddings to whole steps.
@Suite struct FeatureScaleTests {
    private func steps(_ scale: FeatureScale, _ vector: [Float]) -> [Int16] {
        var steps = [Int16](repeating: .min, count: scale.dimension)
        vector.withUnsafeBufferPointer { vector in
            steps.withUnsafeMutableBufferPointer { scale.scale(vector, into: $0) }
        }
        return steps
    }

    @Test("Centred, divided by the regularised deviation, rounded", arguments: Gaussians.seeds)
    func definition(seed: UInt64) {
        var random = RandomGenerator(seed: seed)
        let (rows, dimension) = (40, 7)
        // Features on very different scales, one of them constant.
        let sizes: [Double] = [1, 100, 0.01, 3, 1e-6, 50, 0]
        let vectors = (0..<rows).map { _ in sizes.map { Float($0 * random.normal() + 2 * $0 + 1) } }
        let scale = FeatureScale(pool: vectors.flatMap { $0 }, dimension: dimension)
        let columns = (0..<dimension).map { d in vectors.map { Double($0[d]) } }
        let means = columns.map { $0.reduce(0, +) / Double(rows) }
        let variances = zip(columns, means).map { column, mean in
            column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows)
        }
        let floor = 0.1 * variances.reduce(0, +) / Double(dimension)
        for vector in vectors {
            for (d, step) in steps(scale, vector).enumerated() {
                let exact = 256 * (Double(vector[d]) - means[d]) / (variances[d] + floor).squareRoot()
                #expect(
                    abs(Double(step) - exact) <= 0.5 + 1e-3 * max(1, abs(exact)), "seed \(seed), feature \(d)"
                )
            }
        }
    }

    @Test("Restoring inverts within half a step", arguments: Gaussians.seeds)
    func restored(seed: UInt64) {
        let samples = Gaussians(seed: seed, count: 60)
        let scale = samples.scale
        for vector in samples.vectors {
            let back = scale.restore(steps(scale, vector).map(Double.init))
            for d in 0..<samples.dimension {
                let unit = 1 / (FeatureScale.stepsPerUnit * scale.factors[d])
                #expect(
                    abs(back[d] - vector[d]) <= 0.5 * unit + 1e-5 * max(1, abs(vector[d])), "seed \(seed)")
            }
            // Steps survive the way there and back.
            #expect(steps(scale, back) == steps(scale, vector), "seed \(seed)")
        }
    }

    @Test("A pool of one row, or of equal rows, has unit scale")
    func constantPools() {
        for rows in [1, 5] {
            let row: [Float] = [3, -2, 0, 1e6]
            let scale = FeatureScale(
                pool: [[Float]](repeating: row, count: rows).flatMap { $0 }, dimension: 4)
            #expect(scale.offsets == row)
            #expect(scale.factors == [1, 1, 1, 1])
            #expect(steps(scale, row) == [0, 0, 0, 0])
            #expect(steps(scale, [4, -2.5, 100, 1e6]) == [256, -128, 4_095, 0])
        }
    }

    @Test("Steps are cut off, and no finite number is too large or too small")
    func extremes() {
        let huge = Float.greatestFiniteMagnitude
        let tiny = Float.leastNonzeroMagnitude
        let pools: [[Float]] = [
            [huge, -huge, huge, huge, -huge, -huge], [tiny, 0, -tiny, 0, 0, tiny],
            [huge, tiny, 0, -huge, 0, 1],
            [0, 0, 0, 0, 0, 0], [1e-30, 2e-30, 1e-30, 3e-30, 5e-30, 0],
        ]
        for pool in pools {
            let scale = FeatureScale(pool: pool, dimension: 2)
            #expect(scale.factors.allSatisfy { $0.isFinite && $0 > 0 }, "\(pool): \(scale.factors)")
            #expect(scale.offsets.allSatisfy { $0.isFinite })
            for value in [0, 1, -1, huge, -huge, tiny, -tiny, 1e20, -1e20] {
                for step in steps(scale, [value, -value]) {
                    #expect(abs(Int(step)) <= 4_095, "\(pool), \(value)")
                }
            }
            // The middle of the pool is no step away.
            #expect(steps(scale, scale.offsets) == [0, 0], "\(pool)")
            #expect(scale.restore([4_095, -4_095]).allSatisfy { !$0.isNaN }, "\(pool)")
        }
        let unit = FeatureScale(offsets: [0, 0], factors: [1, 1])
        #expect(steps(unit, [huge, -huge]) == [4_095, -4_095])
        #expect(steps(unit, [16, -15.99]) == [4_095, -4_093])
    }
}
