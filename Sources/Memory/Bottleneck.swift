import Tensors

/// A discrete key-value bottleneck: frozen random keys between an embedding and what is learned of it
/// (Träuble et al., ICML 2023, arXiv 2207.11240).
///
/// ```swift
/// var memory = try Bottleneck(configuration: .init(), dimension: 64)
/// try memory.initialiseKeys(from: unlabelled)      // then frozen, for ever
/// let codes = try memory.encode(vectors, rows: count)  // pure: never depends on what was learned
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
    /// Projection and keys; nil until these are initialised.
    var keys: FrozenKeys?
    /// Whether the keys can no longer change.
    public internal(set) var isFrozen = false
    /// What was learned.
    public internal(set) var readout: Readout
    /// The keys at which something is learned: those that a prediction looks at.
    public private(set) var usedKeys: UsedKeys

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
        usedKeys = UsedKeys(codebooks: configuration.codebooks, keys: configuration.keys)
    }

    // MARK: Keys

    /// The keys; nil until they are initialised.
    public var codebooks: Codebooks? { keys?.codebooks }

    /// What encodes embeddings, to be shared with whoever does; nil until the keys are frozen.
    public var frozenKeys: FrozenKeys? { isFrozen ? keys : nil }

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
        let codebooks = Codebooks(
            keys: keys, count: configuration.codebooks, keys: configuration.keys,
            dimension: configuration.keyDimension)
        self.keys = FrozenKeys(configuration: configuration, projection: projection, codebooks: codebooks)
    }

    /// Forbids any further change of the keys; from now on records can be encoded.
    ///
    /// - Throws: ``MemoryError`` when there are no keys yet.
    public mutating func freeze() throws(MemoryError) {
        guard keys != nil else {
            throw MemoryError(.keys, "there are no keys to freeze; initialise them first")
        }
        isFrozen = true
    }

    /// The same memory for who only asks, never to learn: what learning changes in place is copied now, so that no later
    /// change of this one copies it. The keys are shared.
    package func detached() -> Bottleneck {
        var copy = self
        copy.readout = readout.detached()
        copy.usedKeys = usedKeys.copied()
        return copy
    }

    // MARK: Learning and scoring

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
        if readout.counts?.hasJustFaded == true { noteAllUsed() } else { noteUsed(codes) }
    }

    /// Learns a batch in one step, which for `sgd` differs from learning its records one by one.
    ///
    /// - Parameter codes: [B][C][T].
    /// - Returns: loss and gradient norm of `sgd`; nil for `counts`, for which a batch is its records.
    @discardableResult
    public mutating func learnBatch(_ codes: [UInt16], classIndices: [Int]) -> GradientReadout.Step? {
        let step = codes.withUnsafeBufferPointer { readout.learnBatch($0, classIndices: classIndices) }
        codes.withUnsafeBufferPointer { noteUsed($0) }
        return step
    }

    /// - Parameter codes: [B][C][T].
    private mutating func noteUsed(_ codes: UnsafeBufferPointer<UInt16>) {
        var position = 0
        while position < codes.count {
            for codebook in 0..<configuration.codebooks {
                for _ in 0..<configuration.neighbours {
                    usedKeys.insert(Int(codes[position]), of: codebook)
                    position += 1
                }
            }
        }
    }

    /// Notes anew which keys are used, from what is learned.
    mutating func noteAllUsed() {
        usedKeys = UsedKeys(codebooks: configuration.codebooks, keys: configuration.keys)
        for codebook in 0..<configuration.codebooks {
            for key in 0..<configuration.keys where readout.isUsed(codebook: codebook, key: key) {
                usedKeys.insert(key, of: codebook)
            }
        }
    }

    /// Takes one trace back: the state is then, to the bit, as if it had never been learned.
    ///
    /// - Throws: ``MemoryError`` when the readout is `sgd`, or the trace was never learned.
    public mutating func unlearn(
        _ codes: UnsafeBufferPointer<UInt16>, classIndex: Int, weight: Int = 1
    ) throws(MemoryError) {
        try readout.unlearn(codes, classIndex: classIndex, weight: weight)
        for (position, code) in codes.enumerated() {
            let codebook = position / configuration.neighbours
            if !readout.isUsed(codebook: codebook, key: Int(code)) {
                usedKeys.remove(Int(code), of: codebook)
            }
        }
    }
}
