/// Streaming linear discriminant analysis: class means and one covariance for all classes, shrunk towards the
/// identity (Hayes and Kanan 2020, arXiv 1909.01520). Its result does not depend on the order.
///
/// `S = (1-ε) scatter / n + ε I`, and a class scores `m.S⁻¹x - m.S⁻¹m / 2`.
public struct SharedCovariance: Baseline {
    /// What people call it.
    public static let name = "shared covariance (SLDA)"
    private let dimension: Int
    private let shrinkage: Double
    private var sums: [Double] = []
    private var counts: [Double] = []
    /// The sum of x xᵀ over all vectors.
    private var products: [Double]
    /// S⁻¹m of each class and `m.S⁻¹m / 2`, or nil when something was learned since.
    private var solved: (directions: [Double], offsets: [Double])?

    /// Has seen nothing.
    public init(dimension: Int, shrinkage: Double = 0.01) {
        self.dimension = dimension
        self.shrinkage = shrinkage
        products = [Double](repeating: 0, count: dimension * dimension)
    }

    /// Adds a vector.
    public mutating func learn(_ vector: ArraySlice<Float>, classIndex: Int) {
        while counts.count <= classIndex {
            counts.append(0)
            sums.append(contentsOf: repeatElement(0, count: dimension))
        }
        counts[classIndex] += 1
        let x = vector.map(Double.init)
        for i in 0..<dimension {
            sums[classIndex * dimension + i] += x[i]
            for j in 0...i { products[i * dimension + j] += x[i] * x[j] }
        }
        solved = nil
    }

    /// Solves for all classes at once; do so before a run of predictions.
    public mutating func solve() {
        let total = counts.reduce(0, +)
        guard total > 0 else { return }
        let n = dimension
        // Cholesky factor of S, lower triangle.
        var factor = [Double](repeating: 0, count: n * n)
        for i in 0..<n {
            for j in 0...i {
                var scatter = products[i * n + j]
                for index in counts.indices where counts[index] > 0 {
                    scatter -= sums[index * n + i] * sums[index * n + j] / counts[index]
                }
                var value = (1 - shrinkage) * scatter / total + (i == j ? shrinkage : 0)
                for k in 0..<j { value -= factor[i * n + k] * factor[j * n + k] }
                factor[i * n + j] = i == j ? max(value, 1e-12).squareRoot() : value / factor[j * n + j]
            }
        }
        var directions = [Double](repeating: 0, count: counts.count * n)
        var offsets = [Double](repeating: 0, count: counts.count)
        for index in counts.indices where counts[index] > 0 {
            var x = (0..<n).map { sums[index * n + $0] / counts[index] }
            let mean = x
            for i in 0..<n {
                for k in 0..<i { x[i] -= factor[i * n + k] * x[k] }
                x[i] /= factor[i * n + i]
            }
            for i in (0..<n).reversed() {
                for k in (i + 1)..<max(n, i + 1) { x[i] -= factor[k * n + i] * x[k] }
                x[i] /= factor[i * n + i]
            }
            for i in 0..<n {
                directions[index * n + i] = x[i]
                offsets[index] += mean[i] * x[i] / 2
            }
        }
        solved = (directions, offsets)
    }

    /// The class with the largest score; nil before ``solve()``.
    public func predict(_ vector: ArraySlice<Float>) -> Int? {
        guard let solved else { return nil }
        var best: (index: Int, score: Double)?
        for index in counts.indices where counts[index] > 0 {
            var score = -solved.offsets[index]
            for (d, value) in vector.enumerated() {
                score += solved.directions[index * dimension + d] * Double(value)
            }
            if score > best?.score ?? -.infinity { best = (index, score) }
        }
        return best?.index
    }
}
