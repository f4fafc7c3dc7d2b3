import Memory
import Tensors

/// The discrete key-value bottleneck as Figure 2 trains it: frozen keys, values moved by Adam on whole batches of
/// plain cross-entropy.
///
/// The services' `GradientReadout` moves the rows that a record fetched and no others. Adam does not, so the toy
/// keeps its values itself: a dense table of some thousand numbers.
public struct ToyBottleneck: ToyModel {
    /// The steps that a task is trained.
    public static let steps = 1_000
    private static let learningRate = 1e-3

    /// C.
    public let count: Int
    /// J.
    public let keys: Int
    /// [C][J][V], what a key adds to the logits, times C.
    public private(set) var values: [Float]
    /// [C][J], how often a training step fetched each key.
    public private(set) var uses: [Int]
    private let projection: Projection
    private let keyValues: [Float]
    private let codebooks: Codebooks
    /// One for all tasks: its moments go on moving what earlier tasks moved.
    private var optimiser: Adam

    /// A model with given keys and values.
    ///
    /// - Parameters:
    ///   - projection: from the plane to C queries of two coordinates.
    ///   - keys: [C][J][2].
    ///   - values: [C][J][V].
    /// - Precondition: the numbers of keys and values fit the projection and each other.
    public init(projection: Projection, keys keyValues: [Float], values: [Float]) {
        let dimension = ToyTasks.dimension
        count = projection.width / dimension
        keys = keyValues.count / (count * dimension)
        precondition(keyValues.count == count * keys * dimension, "the keys are not C x J x 2")
        precondition(values.count == count * keys * ToyTasks.classes, "the values are not C x J x V")
        self.projection = projection
        self.keyValues = keyValues
        self.values = values
        codebooks = Codebooks(keys: keyValues, count: count, keys: keys, dimension: dimension)
        uses = [Int](repeating: 0, count: count * keys)
        optimiser = Adam(learningRate: Self.learningRate, count: values.count)
    }

    /// A model whose keys follow, from normal noise, 1000 batches of 100 uniform points of the unit square; a key
    /// that attracts none is never replaced. Values are noise of deviation .001.
    ///
    /// - Parameters:
    ///   - projection: from the plane to C queries of two coordinates.
    ///   - keys: J.
    public init(projection: Projection, keys: Int, seed: UInt64) {
        var random = RandomGenerator(seed: seed)
        let count = projection.width / ToyTasks.dimension
        let noise = (0..<(count * keys * ToyTasks.dimension)).map { _ in Float(random.normal()) }
        var averages = MovingAverageKeys(
            keys: noise, averages: noise, sizes: [Float](repeating: 0, count: count * keys),
            codebooks: count, count: keys, dimension: ToyTasks.dimension)
        let records = 100
        var queries = [Float](repeating: 0, count: records * projection.stride)
        for _ in 0..<1_000 {
            let points = (0..<(records * ToyTasks.dimension)).map { _ in Float(random.uniform()) }
            projection.project(points, rows: records, into: &queries)
            averages.step(queries: queries, stride: projection.stride, records: records)
        }
        self.init(
            projection: projection, keys: averages.keys,
            values: (0..<(count * keys * ToyTasks.classes)).map { _ in Float(0.001 * random.normal()) })
    }

    /// What people call it.
    public var name: String { "bottleneck \(count) x \(keys)" }

    /// How it is made and trained.
    public var summary: String {
        let split = projection.columns == nil ? "of the point itself" : "each of its own random projection"
        let books = count == 1 ? "1 codebook" : "\(count) codebooks"
        return "\(books) of \(keys) keys, \(split); values by Adam"
    }

    /// The nearest key of each point in each codebook, as [rows][C].
    private func codes(_ points: [Float], in codebooks: Codebooks) -> [Int] {
        let rows = points.count / ToyTasks.dimension
        var queries = [Float](repeating: 0, count: rows * projection.stride)
        projection.project(points, rows: rows, into: &queries)
        var codes = [UInt16](repeating: 0, count: rows * count)
        queries.withUnsafeBufferPointer { queries in
            codes.withUnsafeMutableBufferPointer { codes in
                guard let query = queries.baseAddress, let code = codes.baseAddress else { return }
                for codebook in 0..<count {
                    codebooks.nearest(
                        codebook: codebook, queries: query + codebook * ToyTasks.dimension,
                        stride: projection.stride, records: rows, codes: code + codebook, codeStride: count)
                }
            }
        }
        return codes.map(Int.init)
    }

    /// The mean of the values that each record fetches, as [rows][V].
    private func logits(_ codes: [Int]) -> [Float] {
        let width = ToyTasks.classes
        var logits = [Float](repeating: 0, count: codes.count / count * width)
        for (position, key) in codes.enumerated() {
            let (row, codebook) = (position / count * width, position % count)
            let value = (codebook * keys + key) * width
            for index in 0..<width { logits[row + index] += values[value + index] }
        }
        for index in logits.indices { logits[index] /= Float(count) }
        return logits
    }

    /// Learns a task by 1000 steps on all its points; all keys can be fetched.
    public mutating func train(_ samples: ToyTasks.Samples) {
        // The keys are frozen, so the codes of a task are the same in all its steps.
        let codes = codes(samples.points, in: codebooks)
        let width = ToyTasks.classes
        for (position, key) in codes.enumerated() { uses[position % count * keys + key] += Self.steps }
        var gradient = [Float](repeating: 0, count: values.count)
        for _ in 0..<Self.steps {
            let errors = Logits.crossEntropyGradient(logits(codes), classes: samples.classes)
            for index in gradient.indices { gradient[index] = 0 }
            for (position, key) in codes.enumerated() {
                let (row, codebook) = (position / count * width, position % count)
                let value = (codebook * keys + key) * width
                for index in 0..<width { gradient[value + index] += errors[row + index] / Float(count) }
            }
            optimiser.step(&values, gradient: gradient)
        }
    }

    /// The class of each point, seen by the keys that were used alone: the others hold noise.
    public func predict(_ points: [Float]) -> [Int] {
        let dimension = ToyTasks.dimension
        var used = keyValues
        for (key, uses) in uses.enumerated() where uses == 0 {
            // A key that is no number is absent.
            for k in 0..<dimension { used[key * dimension + k] = .nan }
        }
        let visible = Codebooks(keys: used, count: count, keys: keys, dimension: dimension)
        return Logits.largest(logits(codes(points, in: visible)), width: ToyTasks.classes)
    }
}
