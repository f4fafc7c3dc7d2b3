import Memory

/// Samples with all that can be computed of them without knowing what was learned: the work that is spread over
/// the cores.
public struct EncodedBatch: Sendable {
    /// The number of samples.
    public let count: Int
    /// [count][D]
    public let vectors: [Float]
    /// [count][C T]
    public let codes: [UInt16]
    /// [count][D], or empty.
    public let steps: [Int16]
    /// [count][M], or empty.
    public let features: [UInt8]

    /// Encodes samples.
    ///
    /// - Parameters:
    ///   - vectors: [count][D], finite.
    ///   - keys: the frozen part of the bottleneck.
    ///   - features: what the experts beside the bottleneck need; nil for none.
    /// - Throws: ``MemoryError`` when the vectors have another length.
    public init(_ vectors: [Float], keys: FrozenKeys, features: FrozenFeatures?) throws(MemoryError) {
        count = vectors.count / keys.dimension
        codes = try keys.encode(vectors, rows: count)
        self.vectors = vectors
        let (steps, bytes) = features?.encode(vectors, rows: count) ?? ([], [])
        self.steps = steps
        self.features = bytes
    }

    /// Vectors as they are, without codes: for who needs none, or has no keys yet.
    ///
    /// - Parameters:
    ///   - vectors: [count][width]
    ///   - width: the values of a vector, at least 1.
    public init(plain vectors: [Float], width: Int) {
        count = vectors.count / width
        self.vectors = vectors
        codes = []
        steps = []
        features = []
    }

    /// One sample whose codes are known.
    ///
    /// - Parameters:
    ///   - vector: [D]
    ///   - codes: [C][T]
    public init(_ vector: [Float], codes: [UInt16], features: FrozenFeatures?) {
        count = 1
        vectors = vector
        self.codes = codes
        (steps, self.features) = features?.encode(vector, rows: 1) ?? ([], [])
    }

    /// Lends one sample.
    public func withSample<Result>(_ row: Int, _ body: (EncodedSample) throws -> Result) rethrows -> Result {
        func part<Element>(_ whole: UnsafeBufferPointer<Element>) -> UnsafeBufferPointer<Element> {
            let size = whole.count / count
            return UnsafeBufferPointer(rebasing: whole[(row * size)..<((row + 1) * size)])
        }
        return try vectors.withUnsafeBufferPointer { vectors in
            try codes.withUnsafeBufferPointer { codes in
                try steps.withUnsafeBufferPointer { steps in
                    try features.withUnsafeBufferPointer { features in
                        try body(
                            EncodedSample(
                                vector: part(vectors), codes: part(codes), steps: part(steps),
                                features: part(features)))
                    }
                }
            }
        }
    }
}
