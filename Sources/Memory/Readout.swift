import Tensors

/// What turns codes into class scores and learns to: one of the two rules.
///
/// Two optionals instead of an enumeration: an optional is changed in place, while the payload of a case
/// would have to be taken out and put back, with a copy of its tables at every record if that goes wrong.
public struct Readout: Sendable {
    /// Log-odds of integer counts, when that is the rule.
    public internal(set) var counts: CountReadout?
    /// Gradient descent in closed form, when that is the rule.
    public internal(set) var gradient: GradientReadout?

    /// An empty readout of the configured rule.
    init(_ configuration: BottleneckConfiguration) {
        switch configuration.readout {
        case .counts:
            counts = CountReadout(
                codebooks: configuration.codebooks, keys: configuration.keys,
                smoothing: configuration.smoothing, halfLife: configuration.halfLife)
        case .sgd:
            gradient = GradientReadout(
                codebooks: configuration.codebooks, keys: configuration.keys,
                learningRate: configuration.learningRate, labelSmoothing: configuration.labelSmoothing,
                gradientClip: configuration.gradientClip, isOpen: !configuration.faithful)
        }
    }

    /// The same for who only asks.
    func detached() -> Readout {
        var copy = self
        copy.counts = counts?.detached()
        copy.gradient = gradient?.detached()
        return copy
    }

    /// Forgets all that was learned of a class.
    ///
    /// - Throws: ``MemoryError`` when the readout is `sgd`.
    mutating func remove(classIndex: Int) throws(MemoryError) {
        try checkCounts()
        counts?.remove(classIndex: classIndex)
    }

    /// Makes all that was learned of one class learned of another.
    ///
    /// - Throws: ``MemoryError`` when the readout is `sgd`.
    mutating func merge(_ classIndex: Int, into other: Int) throws(MemoryError) {
        try checkCounts()
        counts?.merge(classIndex, into: other)
    }

    private func checkCounts() throws(MemoryError) {
        guard counts != nil else {
            throw MemoryError(
                .unlearning,
                "gradient descent cannot take back what it learned; use the readout counts to be able to")
        }
    }

    /// How often each key was learned at: [C][J].
    public var uses: [UInt64] { counts?.uses() ?? gradient?.uses ?? [] }

    /// Whether anything is learned at a key.
    func isUsed(codebook: Int, key: Int) -> Bool {
        counts?.isUsed(codebook: codebook, key: key) ?? gradient?.isUsed(codebook: codebook, key: key)
            ?? false
    }

    func score(_ codes: UnsafeBufferPointer<UInt16>, into scores: UnsafeMutableBufferPointer<Float>) {
        counts?.score(codes, into: scores)
        gradient?.score(codes, into: scores)
    }

    mutating func learn(_ codes: UnsafeBufferPointer<UInt16>, classIndex: Int, weight: Int) {
        counts?.learn(codes, classIndex: classIndex, weight: weight)
        gradient?.grow(toClasses: classIndex + 1)
        gradient?.learn(codes, classIndices: CollectionOfOne(classIndex), weight: weight)
    }

    mutating func learnBatch(
        _ codes: UnsafeBufferPointer<UInt16>, classIndices: [Int]
    ) -> GradientReadout.Step? {
        guard !classIndices.isEmpty else { return nil }
        let perRecord = codes.count / classIndices.count
        for (record, classIndex) in classIndices.enumerated() {
            counts?.learn(
                UnsafeBufferPointer(rebasing: codes[(record * perRecord)..<((record + 1) * perRecord)]),
                classIndex: classIndex, weight: 1)
        }
        gradient?.grow(toClasses: (classIndices.max() ?? 0) + 1)
        return gradient?.learn(codes, classIndices: classIndices)
    }

    mutating func unlearn(
        _ codes: UnsafeBufferPointer<UInt16>, classIndex: Int, weight: Int
    ) throws(MemoryError) {
        try checkCounts()
        try counts?.unlearn(codes, classIndex: classIndex, weight: weight)
    }
}
