import Tensors

/// Keys that follow the samples they attract by exponential moving averages (van den Oord et al. 2017,
/// appendix A.1; Träuble et al. 2023).
///
/// For a batch, assigned by the keys before it, with N the number and S the sum of the samples of a key:
/// `size = γ size + (1-γ) N`, `average = γ average + (1-γ) S`, `M = sum of sizes`,
/// `key = average / ((size + ε) / (M + J ε) M)`.
public struct MovingAverageKeys: Sendable {
    /// C.
    public let codebooks: Int
    /// J.
    public let count: Int
    /// K.
    public let dimension: Int
    /// γ.
    public let decay: Float
    /// ε.
    public let epsilon: Float
    /// [C][J][K]
    public private(set) var keys: [Float]
    /// [C][J][K]
    public private(set) var averages: [Float]
    /// [C][J]
    public private(set) var sizes: [Float]

    /// A state to go on from.
    public init(
        keys: [Float], averages: [Float], sizes: [Float], codebooks: Int, count: Int, dimension: Int,
        decay: Float = 0.95, epsilon: Float = 1e-5
    ) {
        precondition(keys.count == codebooks * count * dimension && averages.count == keys.count)
        precondition(sizes.count == codebooks * count)
        self.keys = keys
        self.averages = averages
        self.sizes = sizes
        self.codebooks = codebooks
        self.count = count
        self.dimension = dimension
        self.decay = decay
        self.epsilon = epsilon
    }

    /// Moves the keys by one batch.
    ///
    /// - Parameters:
    ///   - queries: codebook c's query of record b begins at `b stride + c K`.
    ///   - records: the number of records.
    /// - Returns: the assignments, [records][C].
    @discardableResult
    public mutating func step(queries: UnsafePointer<Float>, stride: Int, records: Int) -> [UInt16] {
        let current = Codebooks(keys: keys, count: codebooks, keys: count, dimension: dimension)
        var codes = [UInt16](repeating: 0, count: records * codebooks)
        var sums = [Float](repeating: 0, count: count * dimension)
        var hits = [Float](repeating: 0, count: count)
        codes.withUnsafeMutableBufferPointer { codes in
            guard let start = codes.baseAddress else { return }
            for codebook in 0..<codebooks {
                let first = queries + codebook * dimension
                current.nearest(
                    codebook: codebook, queries: first, stride: stride, records: records,
                    codes: start + codebook,
                    codeStride: codebooks)
                for index in sums.indices { sums[index] = 0 }
                for index in hits.indices { hits[index] = 0 }
                for record in 0..<records {
                    let key = Int(start[record * codebooks + codebook])
                    hits[key] += 1
                    for k in 0..<dimension { sums[key * dimension + k] += first[record * stride + k] }
                }
                follow(codebook: codebook, hits: hits, sums: sums)
            }
        }
        return codes
    }

    private mutating func follow(codebook: Int, hits: [Float], sums: [Float]) {
        let base = codebook * count
        var total: Float = 0
        for key in 0..<count {
            sizes[base + key] = decay * sizes[base + key] + (1 - decay) * hits[key]
            total += sizes[base + key]
        }
        for key in 0..<count {
            let share = (sizes[base + key] + epsilon) / (total + Float(count) * epsilon) * total
            for k in 0..<dimension {
                let position = (base + key) * dimension + k
                averages[position] = decay * averages[position] + (1 - decay) * sums[key * dimension + k]
                keys[position] = averages[position] / share
            }
        }
    }

    /// Replaces keys that attract too little by random samples of a batch.
    ///
    /// - Parameters:
    ///   - threshold: the size below which a key is replaced.
    ///   - faithful: moves the key alone, as the official code does, so that the next step overwrites it
    ///     unless a sample hits it at once. Otherwise its average and size start anew with it.
    public mutating func replaceIdle(
        below threshold: Float, queries: UnsafePointer<Float>, stride: Int, records: Int,
        faithful: Bool, random: inout RandomGenerator
    ) {
        for codebook in 0..<codebooks {
            for key in 0..<count where sizes[codebook * count + key] < threshold {
                let sample = queries + random.below(records) * stride + codebook * dimension
                for k in 0..<dimension {
                    let position = (codebook * count + key) * dimension + k
                    keys[position] = sample[k]
                    if !faithful { averages[position] = sample[k] * threshold * 4 }
                }
                if !faithful { sizes[codebook * count + key] = threshold * 4 }
            }
        }
    }
}
