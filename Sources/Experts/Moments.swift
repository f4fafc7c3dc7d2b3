import Tensors

/// The first moments by class and the second moments over all classes of whole-number vectors, exactly.
///
/// All sums are whole numbers below 2^53, so BLAS adds them without rounding in any order: the moments of a stream
/// do not depend on its order, merge by addition, and give back to the bit what a sample added.
///
/// Vectors wait until ``blockRows`` of them are folded into the second moments at once, which makes it a matrix
/// product instead of a pass over the whole matrix for each.
public struct Moments: Sendable {
    /// How many vectors are folded at once.
    public static let blockRows = 128
    /// The largest sum of squares of one component. Beyond it sums would no longer be exact: a block of vectors of
    /// the largest weight and magnitude adds less than 2^46.
    public static let squareLimit = 0x1p52

    /// The length of a vector.
    public let size: Int
    /// The sum of `w x xᵀ` over all classes, without the vectors that wait.
    private var products: SymmetricMatrix
    /// By class the sum of `w x`; empty for a class without vectors.
    public private(set) var sums: [[Int]] = []
    /// By class the sum of weights.
    public private(set) var weights: [Int] = []
    /// Whether there is no more room for exact sums.
    public private(set) var isFull = false
    private var waiting: [Double] = []
    private var waitingWeights: [Int] = []

    /// Nothing yet.
    ///
    /// - Parameter hasProducts: whether second moments are kept, which are as many as the square of `size`.
    public init(size: Int, hasProducts: Bool = true) {
        self.size = size
        products = SymmetricMatrix(size: hasProducts ? size : 0)
    }

    /// The sum of the weights of one class, which may be unknown.
    func weight(of classIndex: Int) -> Int { classIndex < weights.count ? weights[classIndex] : 0 }

    /// The sum of weights over all classes.
    public var total: Int { weights.reduce(0, +) }

    /// Adds a vector, or takes it back by its negative weight.
    ///
    /// - Parameter vector: [size], magnitudes below 4096.
    public mutating func add<Element: BinaryInteger>(
        _ vector: UnsafeBufferPointer<Element>, classIndex: Int, weight: Int
    ) {
        precondition(vector.count == size, "the vector has another length than the moments")
        open(classIndex)
        weights[classIndex] += weight
        sums[classIndex].withUnsafeMutableBufferPointer { sums in
            for d in 0..<size { sums[d] += weight * Int(vector[d]) }
        }
        if weights[classIndex] == 0 { sums[classIndex] = [] }
        guard products.size > 0 else { return }
        waiting.reserveCapacity(Self.blockRows * size)
        for d in 0..<size { waiting.append(Double(Int(vector[d]))) }
        waitingWeights.append(weight)
        if waitingWeights.count == Self.blockRows { fold() }
    }

    private mutating func open(_ classIndex: Int) {
        if classIndex >= weights.count {
            let missing = classIndex + 1 - weights.count
            weights.append(contentsOf: repeatElement(0, count: missing))
            sums.append(contentsOf: repeatElement([], count: missing))
        }
        if sums[classIndex].isEmpty { sums[classIndex] = [Int](repeating: 0, count: size) }
    }

    /// Adds up what waits: vectors of one weight together.
    public mutating func fold() {
        guard !waitingWeights.isEmpty else { return }
        let size = size
        for weight in Set(waitingWeights) {
            let rows = waitingWeights.indices.filter { waitingWeights[$0] == weight }
            if rows.count == waitingWeights.count {
                waiting.withUnsafeBufferPointer {
                    products.addProducts(of: $0, count: rows.count, factor: Double(weight))
                }
            } else {
                let gathered = rows.flatMap { waiting[($0 * size)..<(($0 + 1) * size)] }
                gathered.withUnsafeBufferPointer {
                    products.addProducts(of: $0, count: rows.count, factor: Double(weight))
                }
            }
        }
        waiting.removeAll(keepingCapacity: true)
        waitingWeights.removeAll(keepingCapacity: true)
        noteRoom()
    }

    /// The sum of `w x xᵀ` over all vectors; of size 0 where no second moments are kept.
    public mutating func folded() -> SymmetricMatrix {
        fold()
        return products
    }

    /// The vectors of one class count for another from now on: the second moments are those of all classes already.
    package mutating func merge(_ classIndex: Int, into other: Int) {
        guard classIndex != other, classIndex < weights.count, weights[classIndex] > 0 else { return }
        open(other)
        for d in 0..<size { sums[other][d] += sums[classIndex][d] }
        weights[other] += weights[classIndex]
        clear(classIndex)
    }

    private mutating func clear(_ classIndex: Int) {
        weights[classIndex] = 0
        sums[classIndex] = []
    }

    /// Forgets a class: its sums, and in the second moments what its mean added, `s sᵀ / n` rounded to whole numbers.
    ///
    /// What stays there is the scatter of its vectors around their mean, which carries no label: which part of the
    /// shared scatter was theirs is not kept. Taking the samples back one by one leaves nothing.
    package mutating func forget(_ classIndex: Int) {
        guard classIndex < weights.count, weights[classIndex] > 0 else { return }
        fold()
        let weight = Double(weights[classIndex])
        let sum = sums[classIndex].map(Double.init)
        for row in 0..<products.size {
            for column in 0...row { products[row, column] -= (sum[row] * sum[column] / weight).rounded() }
        }
        clear(classIndex)
        noteRoom()
    }

    private mutating func noteRoom() { isFull = products.diagonal.contains { $0 > Self.squareLimit } }

    /// Moments as they were.
    ///
    /// - Parameter products: the lower triangle of the second moments, row after row; empty where none are kept.
    package init(size: Int, products: [Double], sums: [[Int]], weights: [Int]) {
        self.size = size
        self.products = SymmetricMatrix(size: products.isEmpty ? 0 : size, packed: products)
        self.sums = sums
        self.weights = weights
        noteRoom()
    }
}
