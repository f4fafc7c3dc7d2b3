import Experts
import Memory
import Tensors

/// Samples of a mixture of Gaussians, one a class, with their steps and features.
struct Gaussians {
    /// Seeds that every property is tried with.
    static let seeds: [UInt64] = [1, 2, 3, 4, 5]

    let dimension: Int
    let classCount: Int
    let vectors: [[Float]]
    let labels: [Int]
    let weights: [Int]

    /// - Parameter spread: how far apart the centres lie, in standard deviations.
    init(
        seed: UInt64, count: Int, dimension: Int = 12, classCount: Int = 5, spread: Double = 1.5,
        largestWeight: Int = 3
    ) {
        var random = RandomGenerator(seed: seed)
        let centres = (0..<classCount).map { _ in (0..<dimension).map { _ in spread * random.normal() } }
        var labels: [Int] = []
        var vectors: [[Float]] = []
        var weights: [Int] = []
        for index in 0..<count {
            // Every class occurs.
            let label = index < classCount ? index : random.below(classCount)
            labels.append(label)
            vectors.append((0..<dimension).map { Float(centres[label][$0] + random.normal()) })
            weights.append(1 + random.below(largestWeight))
        }
        (self.dimension, self.classCount) = (dimension, classCount)
        (self.vectors, self.labels, self.weights) = (vectors, labels, weights)
    }

    var count: Int { labels.count }
    var flat: [Float] { vectors.flatMap { $0 } }
    var scale: FeatureScale { FeatureScale(pool: flat, dimension: dimension) }

    func frozen(featureCount: Int = 0, seed: UInt64 = 7) -> FrozenFeatures {
        FrozenFeatures(scale: scale, featureCount: featureCount, seed: seed)
    }

    /// The samples as exemplars whose ids are their numbers.
    func exemplars(_ frozen: FrozenFeatures) -> [Exemplar] {
        (0..<count).map { row in
            Exemplar(
                hash: UInt64(row), id: "\(row)", source: nil, weight: weights[row], codes: [],
                steps: frozen.encode(vectors[row], rows: 1).steps)
        }
    }
}

/// The scores that a closure fills in.
func filled(_ count: Int, _ body: (UnsafeMutableBufferPointer<Float>) -> Void) -> [Float] {
    var scores = [Float](repeating: .nan, count: count)
    scores.withUnsafeMutableBufferPointer { body($0) }
    return scores
}

/// Whether two score vectors agree within a tolerance relative to the larger of one and their size.
func agree(_ a: [Float], _ b: [Double], within tolerance: Double) -> Bool {
    a.count == b.count
        && zip(a, b).allSatisfy { x, y in
            Double(x) == y || abs(Double(x) - y) <= tolerance * max(1, abs(y))
        }
}

extension Moments {
    /// Adds an array.
    mutating func add<Element: BinaryInteger>(_ vector: [Element], classIndex: Int, weight: Int) {
        vector.withUnsafeBufferPointer { add($0, classIndex: classIndex, weight: weight) }
    }
}

/// Solves `A x = b` by Gaussian elimination with pivots.
func solved(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
    var a = matrix
    var b = right
    let n = b.count
    for column in 0..<n {
        let pivot = (column..<n).max { abs(a[$0][column]) < abs(a[$1][column]) } ?? column
        a.swapAt(column, pivot)
        b.swapAt(column, pivot)
        for row in (column + 1)..<max(n, column + 1) {
            let factor = a[row][column] / a[column][column]
            for k in column..<n { a[row][k] -= factor * a[column][k] }
            b[row] -= factor * b[column]
        }
    }
    for row in (0..<n).reversed() {
        for k in (row + 1)..<max(n, row + 1) { b[row] -= a[row][k] * b[k] }
        b[row] /= a[row][row]
    }
    return b
}

/// The scalar product.
func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
