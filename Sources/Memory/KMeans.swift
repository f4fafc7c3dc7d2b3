import Tensors

/// Lloyd's algorithm for the keys of one codebook.
public struct KMeans: Sendable {
    /// [J][K]; the coordinates of a key that has no sample of its own are NaN.
    public private(set) var means: [Float]
    /// How many samples were nearest to each mean before the last update.
    public private(set) var sizes: [Int]
    /// K.
    public let dimension: Int

    /// Starts from given means.
    ///
    /// - Parameter means: [J][K].
    public init(means: [Float], dimension: Int) {
        self.means = means
        self.dimension = dimension
        sizes = [Int](repeating: 0, count: means.count / dimension)
    }

    /// Starts from `count` distinct samples in random order; keys for which there is no further distinct
    /// sample stay absent.
    ///
    /// - Parameters:
    ///   - queries: the first sample; the next is `stride` further.
    ///   - samples: the number of samples.
    public init(
        count: Int, dimension: Int, queries: UnsafePointer<Float>, stride: Int, samples: Int,
        random: inout RandomGenerator
    ) {
        var means = [Float](repeating: .nan, count: count * dimension)
        var seen = Set<[UInt32]>()
        var filled = 0
        for sample in random.permutation(samples) {
            if filled == count { break }
            let values = UnsafeBufferPointer(start: queries + sample * stride, count: dimension)
            // -0 and 0 are one point.
            guard seen.insert(values.map { ($0 + 0).bitPattern }).inserted else { continue }
            for k in 0..<dimension { means[filled * dimension + k] = values[k] }
            filled += 1
        }
        self.init(means: means, dimension: dimension)
    }

    /// One iteration: each sample goes to its nearest mean, each mean moves to the middle of its samples.
    ///
    /// - Parameter reseed: an empty cell restarts at the sample that is farthest from its mean, if that is
    ///   no mean already; otherwise it stays where it was, as the official code leaves it.
    public mutating func iterate(queries: UnsafePointer<Float>, stride: Int, samples: Int, reseed: Bool) {
        let codes = assign(queries: queries, stride: stride, samples: samples)
        var sums = [Double](repeating: 0, count: means.count)
        for sample in 0..<samples {
            let key = Int(codes[sample])
            for k in 0..<dimension { sums[key * dimension + k] += Double(queries[sample * stride + k]) }
        }
        for key in sizes.indices where sizes[key] > 0 {
            for k in 0..<dimension {
                means[key * dimension + k] = Float(sums[key * dimension + k] / Double(sizes[key]))
            }
        }
        if reseed { _ = reseedEmpty(queries: queries, stride: stride, samples: samples, codes: codes) }
    }

    /// Moves every mean that is nearest to no sample, equal ones among them, to the sample that is served worst,
    /// until each has a sample of its own; those for which there is none become absent. No other mean moves.
    ///
    /// - Parameter rounds: the limit. A mean that was moved can take the last sample of another, but each round
    ///   brings the samples nearer to their means, so that few are needed.
    public mutating func settle(
        queries: UnsafePointer<Float>, stride: Int, samples: Int, rounds: Int = 50
    ) {
        for _ in 0..<rounds {
            let codes = assign(queries: queries, stride: stride, samples: samples)
            guard reseedEmpty(queries: queries, stride: stride, samples: samples, codes: codes) else { break }
        }
        _ = assign(queries: queries, stride: stride, samples: samples)
        for key in sizes.indices where sizes[key] == 0 {
            for k in 0..<dimension { means[key * dimension + k] = .nan }
        }
    }

    /// The nearest mean of each sample; counts them.
    private mutating func assign(queries: UnsafePointer<Float>, stride: Int, samples: Int) -> [UInt16] {
        let codebook = Codebooks(keys: means, count: 1, keys: sizes.count, dimension: dimension)
        var codes = [UInt16](repeating: 0, count: samples)
        codebook.nearest(
            codebook: 0, queries: queries, stride: stride, records: samples, codes: &codes, codeStride: 1)
        for key in sizes.indices { sizes[key] = 0 }
        for code in codes { sizes[Int(code)] += 1 }
        return codes
    }

    /// Moves the means of empty cells to the samples that are farthest from theirs and no mean already.
    ///
    /// - Returns: whether any has moved.
    private mutating func reseedEmpty(
        queries: UnsafePointer<Float>, stride: Int, samples: Int, codes: [UInt16]
    ) -> Bool {
        let empty = sizes.indices.filter { sizes[$0] == 0 }
        guard !empty.isEmpty else { return false }
        let distances = (0..<samples).map { sample in
            var square: Float = 0
            for k in 0..<dimension {
                let difference = queries[sample * stride + k] - means[Int(codes[sample]) * dimension + k]
                square += difference * difference
            }
            return square
        }
        let farthest = (0..<samples).sorted {
            distances[$0] > distances[$1] || distances[$0] == distances[$1] && $0 < $1
        }
        var seen = Set<[UInt32]>()
        for key in sizes.indices where sizes[key] > 0 {
            seen.insert(means[(key * dimension)..<((key + 1) * dimension)].map { ($0 + 0).bitPattern })
        }
        var hasMoved = false
        var next = farthest.makeIterator()
        for key in empty {
            while let sample = next.next() {
                // A sample that sits on its mean would only make an equal key.
                guard distances[sample] > 0 else { return hasMoved }
                let values = (0..<dimension).map { queries[sample * stride + $0] }
                guard seen.insert(values.map { ($0 + 0).bitPattern }).inserted else { continue }
                means.replaceSubrange((key * dimension)..<((key + 1) * dimension), with: values)
                hasMoved = true
                break
            }
        }
        return hasMoved
    }
}
