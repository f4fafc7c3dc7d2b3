import Dispatch
import Synchronization
import Tensors

/// A discrete key-value bottleneck: frozen random keys between an embedding and what is learned of it
/// (Träuble et al., ICML 2023, arXiv 2207.11240).
///
/// ```swift
/// var memory = try Bottleneck(configuration: .init(), dimension: 64)
/// try memory.initialiseKeys(from: unlabelled)      // then frozen, for ever
/// let codes = memory.encode(vectors, rows: count)  // pure: never depends on what was learned
/// memory.score(codes, into: scores)                // pure
/// memory.learn(codes, classIndex: 3)
/// ```
public struct Bottleneck: Sendable {
    /// The sizes and rules.
    public let configuration: BottleneckConfiguration
    /// D, the length of an embedding.
    public let dimension: Int
    /// The map from an embedding to queries.
    public let projection: Projection
    /// The keys; nil until they are initialised.
    public internal(set) var codebooks: Codebooks?
    /// Whether the keys can no longer change.
    public internal(set) var isFrozen = false
    /// What was learned.
    public internal(set) var readout: Readout
    /// With `faithful`: the half norms of the keys that predictions may see.
    private var visible: [Float]?

    /// An empty memory.
    ///
    /// - Throws: ``MemoryError`` when a setting is out of its range.
    public init(configuration: BottleneckConfiguration, dimension: Int) throws(MemoryError) {
        let configuration = try configuration.validated(dimension: dimension)
        let projection =
            switch configuration.split {
            case .chunk: Projection(chunksOf: dimension)
            case .projection:
                Projection(
                    dimension: dimension, codebooks: configuration.codebooks,
                    keyDimension: configuration.keyDimension, seed: configuration.seed)
            }
        self.init(validated: configuration, dimension: dimension, projection: projection)
    }

    /// An empty memory with a given projection and, perhaps, given keys, which are then frozen.
    ///
    /// - Parameter keys: [C][J][K].
    /// - Throws: ``MemoryError`` when a setting is out of its range or does not fit the projection.
    public init(
        configuration: BottleneckConfiguration, projection: Projection, keys: [Float]? = nil
    ) throws(MemoryError) {
        let configuration = try configuration.validated(dimension: projection.dimension)
        guard projection.width == configuration.codebooks * configuration.keyDimension else {
            throw MemoryError(
                .configuration,
                "the projection gives \(projection.width) queries; codebooks x keyDimension is \(configuration.codebooks * configuration.keyDimension)"
            )
        }
        self.init(validated: configuration, dimension: projection.dimension, projection: projection)
        if let keys {
            try setKeys(keys)
            try freeze()
        }
    }

    private init(validated configuration: BottleneckConfiguration, dimension: Int, projection: Projection) {
        self.configuration = configuration
        self.dimension = dimension
        self.projection = projection
        readout = Readout(configuration)
    }

    // MARK: Keys

    /// Sets the keys.
    ///
    /// - Parameter keys: [C][J][K].
    /// - Throws: ``MemoryError`` when the keys are frozen or of the wrong number.
    public mutating func setKeys(_ keys: [Float]) throws(MemoryError) {
        guard !isFrozen else {
            throw MemoryError(.keys, "the keys are frozen; a new memory is needed for other keys")
        }
        guard keys.count == configuration.codebooks * configuration.keys * configuration.keyDimension else {
            throw MemoryError(
                .keys,
                "\(keys.count) key coordinates given; \(configuration.codebooks) x \(configuration.keys) x \(configuration.keyDimension) are needed"
            )
        }
        codebooks = Codebooks(
            keys: keys, count: configuration.codebooks, keys: configuration.keys,
            dimension: configuration.keyDimension)
    }

    /// Makes the keys from unlabelled embeddings.
    ///
    /// - Parameters:
    ///   - vectors: [rows][dimension], finite.
    ///   - progress: called with the finished part, 0 to 1, from any thread.
    /// - Throws: ``MemoryError`` when the keys are frozen or there is no vector.
    public mutating func initialiseKeys(
        from vectors: [Float], progress: @Sendable (Double) -> Void = { _ in }
    ) throws(MemoryError) {
        guard !vectors.isEmpty, vectors.count % dimension == 0 else {
            throw MemoryError(
                .vectors,
                "\(vectors.count) values are no whole number of vectors of length \(dimension), or none")
        }
        let rows = vectors.count / dimension
        var queries = [Float](repeating: 0, count: rows * projection.stride)
        vectors.withUnsafeBufferPointer { vectors in
            queries.withUnsafeMutableBufferPointer { queries in
                if let source = vectors.baseAddress, let target = queries.baseAddress {
                    projection.project(source, rows: rows, into: target)
                }
            }
        }
        let keys =
            switch configuration.keyMethod {
            case .kmeans: kMeansKeys(queries, rows: rows, progress: progress)
            case .ema: movingAverageKeys(queries, rows: rows, progress: progress)
            }
        try setKeys(keys)
    }

    /// Forbids any further change of the keys; from now on records can be encoded.
    ///
    /// - Throws: ``MemoryError`` when there are no keys yet.
    public mutating func freeze() throws(MemoryError) {
        guard let codebooks else {
            throw MemoryError(.keys, "there are no keys to freeze; initialise them first")
        }
        isFrozen = true
        if configuration.faithful { visible = codebooks.hiddenHalfNorms() }
    }

    /// The codebooks are independent, so they are spread over the cores.
    private func kMeansKeys(
        _ queries: [Float], rows: Int, progress: @Sendable (Double) -> Void
    ) -> [Float] {
        let configuration = configuration
        let stride = projection.stride
        let size = configuration.keys * configuration.keyDimension
        let done = Atomic<Int>(0)
        let results = Mutex([Float](repeating: 0, count: configuration.codebooks * size))
        queries.withUnsafeBufferPointer { queries in
            // The buffer outlives the concurrent part and is only read in it.
            nonisolated(unsafe) let start = queries.baseAddress!
            DispatchQueue.concurrentPerform(iterations: configuration.codebooks) { codebook in
                var random = RandomGenerator(seed: configuration.seed &* 1_000_003 &+ UInt64(codebook))
                let first = start + codebook * configuration.keyDimension
                var means = KMeans(
                    count: configuration.keys, dimension: configuration.keyDimension, queries: first,
                    stride: stride, samples: rows, random: &random)
                for _ in 0..<configuration.keyPasses {
                    means.iterate(
                        queries: first, stride: stride, samples: rows, reseed: !configuration.faithful)
                }
                results.withLock {
                    $0.replaceSubrange((codebook * size)..<((codebook + 1) * size), with: means.means)
                }
                let count = done.add(1, ordering: .relaxed).newValue
                progress(Double(count) / Double(configuration.codebooks))
            }
        }
        return results.withLock { $0 }
    }

    /// Passes of shuffled batches of 256 over the samples.
    private func movingAverageKeys(
        _ queries: [Float], rows: Int, progress: (Double) -> Void
    ) -> [Float] {
        var random = RandomGenerator(seed: configuration.seed &* 1_000_003)
        let stride = projection.stride
        let (c, j, k) = (configuration.codebooks, configuration.keys, configuration.keyDimension)
        let batch = min(256, rows)
        var start = [Float](repeating: 0, count: c * j * k)
        if configuration.faithful {
            for index in start.indices { start[index] = Float(random.normal()) }
        } else {
            for codebook in 0..<c {
                let means = queries.withUnsafeBufferPointer {
                    KMeans(
                        count: j, dimension: k, queries: $0.baseAddress! + codebook * k, stride: stride,
                        samples: rows, random: &random)
                }
                start.replaceSubrange((codebook * j * k)..<((codebook + 1) * j * k), with: means.means)
            }
        }
        // A tenth of the share of a batch that each key would get if all were equal. Sizes start there times
        // ten, so that a key has a fair time to prove itself; the official code starts them at zero.
        let threshold = 0.1 * Float(batch) / Float(j)
        let size = configuration.faithful ? 0 : threshold * 10
        var averages = MovingAverageKeys(
            keys: start, averages: configuration.faithful ? start : start.map { $0 * size },
            sizes: [Float](repeating: size, count: c * j), codebooks: c, count: j, dimension: k)
        var gathered = [Float](repeating: 0, count: batch * stride)
        for pass in 0..<configuration.keyPasses {
            let order = random.permutation(rows)
            for first in Swift.stride(from: 0, to: rows - batch + 1, by: batch) {
                for row in 0..<batch {
                    let source = order[first + row] * stride
                    gathered.replaceSubrange(
                        (row * stride)..<((row + 1) * stride), with: queries[source..<(source + stride)])
                }
                averages.step(queries: gathered, stride: stride, records: batch)
                averages.replaceIdle(
                    below: threshold, queries: gathered, stride: stride, records: batch,
                    faithful: configuration.faithful, random: &random)
            }
            progress(Double(pass + 1) / Double(configuration.keyPasses))
        }
        return averages.keys
    }

    // MARK: Records

    /// The number of codes of a record: C T.
    public var codesPerRecord: Int { configuration.codebooks * configuration.neighbours }

    /// The codes of a batch: the nearest keys in every codebook. Depends on nothing that was learned.
    ///
    /// - Parameters:
    ///   - vectors: [rows][dimension], finite.
    ///   - codes: [rows][C][T]; overwritten.
    /// - Throws: ``MemoryError`` while the keys are not frozen.
    public func encode(
        _ vectors: UnsafeBufferPointer<Float>, rows: Int, into codes: UnsafeMutableBufferPointer<UInt16>
    ) throws(MemoryError) {
        try encode(vectors, rows: rows, visible: nil, into: codes)
    }

    /// The codes of a batch, as an array [rows][C][T].
    ///
    /// - Throws: ``MemoryError`` while the keys are not frozen.
    public func encode(_ vectors: [Float], rows: Int) throws(MemoryError) -> [UInt16] {
        try encode(vectors, rows: rows, visible: nil)
    }

    /// The codes that a prediction of the official code fetches: keys that were never learned at are not
    /// seen. Equal to ``encode(_:rows:)`` unless the configuration is `faithful`.
    ///
    /// - Throws: ``MemoryError`` while the keys are not frozen.
    public func encodeForPrediction(_ vectors: [Float], rows: Int) throws(MemoryError) -> [UInt16] {
        try encode(vectors, rows: rows, visible: visible)
    }

    private func encode(_ vectors: [Float], rows: Int, visible: [Float]?) throws(MemoryError) -> [UInt16] {
        guard vectors.count == rows * dimension else {
            throw MemoryError(
                .vectors, "\(vectors.count) values given for \(rows) vectors of length \(dimension)")
        }
        var codes = [UInt16](repeating: 0, count: rows * codesPerRecord)
        // The closures of the standard library carry an error's type only so far.
        let result: Result<Void, MemoryError> = vectors.withUnsafeBufferPointer { vectors in
            codes.withUnsafeMutableBufferPointer { codes in
                do throws(MemoryError) {
                    try encode(vectors, rows: rows, visible: visible, into: codes)
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
        }
        try result.get()
        return codes
    }

    /// Records are taken 64 at a time, codebook by codebook, so that the keys of one codebook stay in the
    /// cache for all of them.
    private func encode(
        _ vectors: UnsafeBufferPointer<Float>, rows: Int, visible: [Float]?,
        into codes: UnsafeMutableBufferPointer<UInt16>
    ) throws(MemoryError) {
        guard isFrozen, let codebooks else {
            throw MemoryError(
                .keys, "the keys are not frozen yet; initialise and freeze them before encoding")
        }
        precondition(vectors.count >= rows * dimension && codes.count >= rows * codesPerRecord)
        guard let source = vectors.baseAddress, let target = codes.baseAddress else { return }
        let stride = projection.stride
        let block = 64
        withUnsafeTemporaryAllocation(of: Float.self, capacity: min(block, rows) * stride) { queries in
            guard let queries = queries.baseAddress else { return }
            for first in Swift.stride(from: 0, to: rows, by: block) {
                let count = min(block, rows - first)
                projection.project(source + first * dimension, rows: count, into: queries)
                for codebook in 0..<configuration.codebooks {
                    let query = queries + codebook * configuration.keyDimension
                    let code = target + first * codesPerRecord + codebook * configuration.neighbours
                    if configuration.neighbours == 1 {
                        codebooks.nearest(
                            codebook: codebook, queries: query, stride: stride, records: count,
                            visible: visible,
                            codes: code, codeStride: codesPerRecord)
                    } else {
                        for record in 0..<count {
                            codebooks.nearest(
                                codebook: codebook, query: query + record * stride, visible: visible,
                                codes: UnsafeMutableBufferPointer(
                                    start: code + record * codesPerRecord, count: configuration.neighbours))
                        }
                    }
                }
            }
        }
    }

    /// Opens classes ahead of their first sample, which matters to `sgd` alone: its label smoothing counts them.
    public mutating func growClasses(to count: Int) { readout.gradient?.grow(toClasses: count) }

    /// Sets the values of `sgd`, to go on from those of another implementation.
    ///
    /// - Parameter values: [C][J][V], V being the number of classes opened so far.
    public mutating func setValues(_ values: [Float]) { readout.gradient?.setValues(values) }

    /// The score of every class for a record; the largest is the answer.
    ///
    /// - Parameters:
    ///   - codes: [C][T].
    ///   - scores: a place for each class, overwritten.
    public func score(_ codes: UnsafeBufferPointer<UInt16>, into scores: UnsafeMutableBufferPointer<Float>) {
        readout.score(codes, into: scores)
    }

    /// What a difference of one in the scores is worth in log-probability.
    ///
    /// Scores of `counts` add up over codebooks that see the same record and are far from independent. `1/C`
    /// makes the shares the geometric mean of the codebooks' own (a logarithmic opinion pool with equal
    /// weights), which do not saturate. They are not calibrated. Logits of `sgd` are what its loss takes them
    /// for.
    public var inverseTemperature: Float {
        switch configuration.readout {
        case .counts: 1 / Float(configuration.codebooks)
        case .sgd: 1
        }
    }

    /// Learns one trace.
    ///
    /// - Parameters:
    ///   - codes: [C][T], of ``encode(_:rows:)``.
    ///   - classIndex: the label's class; an index beyond those so far opens new classes.
    ///   - weight: how often it counts.
    public mutating func learn(_ codes: UnsafeBufferPointer<UInt16>, classIndex: Int, weight: Int = 1) {
        readout.learn(codes, classIndex: classIndex, weight: weight)
        if configuration.faithful { reveal(codes) }
    }

    /// Learns a batch in one step, which for `sgd` differs from learning its records one by one.
    ///
    /// - Parameter codes: [B][C][T].
    /// - Returns: loss and gradient norm of `sgd`; nil for `counts`, for which a batch is its records.
    @discardableResult
    public mutating func learnBatch(_ codes: [UInt16], classIndices: [Int]) -> GradientReadout.Step? {
        let step = codes.withUnsafeBufferPointer { readout.learnBatch($0, classIndices: classIndices) }
        if configuration.faithful { codes.withUnsafeBufferPointer { reveal($0) } }
        return step
    }

    private mutating func reveal(_ codes: UnsafeBufferPointer<UInt16>) {
        guard let codebooks, var visible else { return }
        self.visible = nil
        for position in 0..<codes.count {
            codebooks.reveal(
                Int(codes[position]), of: position % codesPerRecord / configuration.neighbours, in: &visible)
        }
        self.visible = visible
    }

    /// Shows predictions every key that was learned at.
    mutating func revealUsed() {
        guard let codebooks, var visible else { return }
        for (position, uses) in readout.uses.enumerated() where uses > 0 {
            codebooks.reveal(position % configuration.keys, of: position / configuration.keys, in: &visible)
        }
        self.visible = visible
    }

    /// Takes one trace back: the state is then, to the bit, as if it had never been learned.
    ///
    /// - Throws: ``MemoryError`` when the readout is `sgd`, or the trace was never learned.
    public mutating func unlearn(
        _ codes: UnsafeBufferPointer<UInt16>, classIndex: Int, weight: Int = 1
    ) throws(MemoryError) {
        try readout.unlearn(codes, classIndex: classIndex, weight: weight)
    }
}
