import Memory

/// A readout that the ensemble asks beside others: solved for from what was learned, asked for scores, tried on samples
/// whose own traces are taken back, and kept in snapshots.
///
/// Another one is a case of ``ExpertKind``, its line in `ExpertKind+Type.swift`, and a file that conforms to this.
protocol Expert: Sendable {
    /// What must be kept of all samples for it.
    static var needs: StatisticsNeeds { get }
    /// Whether it knows all of a class from its first sample on; the others know most only from the next solution on.
    static var isImmediate: Bool { get }
    /// The longest embedding that it takes.
    static var dimensionLimit: Int { get }
    /// Its weight before any weight was fitted.
    static func startWeight(_ settings: ExpertSettings) -> Float

    /// Solves for it; nil while too little is known. An immediate expert is there even when nothing is known.
    static func fit(_ statistics: inout Statistics, _ settings: ExpertSettings) -> Self?

    /// Takes over what changed of a class, if anything did. Called for each sample learned or taken back: it allocates
    /// as little as it can, and changes its tables in place.
    mutating func follow(_ classIndex: Int, _ statistics: Statistics)

    /// The score of every class. -infinity says that it knows nothing of a class, which is then placed by the others; a class
    /// that it knows and that nothing speaks for has a finite score.
    ///
    /// - Parameters:
    ///   - codes: [C][T], the codes to ask the memory with.
    ///   - scores: a place for each class, overwritten.
    func score(
        _ input: ExpertInput, codes: UnsafeBufferPointer<UInt16>, memory: Bottleneck,
        into scores: UnsafeMutableBufferPointer<Float>)

    /// The same for who only asks: what ``follow(_:_:)`` changes in place is copied, and what only it and trials need is
    /// left out.
    func detached() -> Self

    /// Whether it may be tried on an exemplar: not if what that sample taught it cannot be taken back.
    func mayBeTried(on exemplar: Exemplar) -> Bool

    /// Gets ready to be tried on these exemplars, once after it was solved for, and lets go of what only this needs.
    mutating func prepareTrials(on exemplars: [Exemplar], _ frozen: FrozenFeatures)

    /// Changes the scores of an exemplar to what they were if it had not been learned.
    ///
    /// - Parameters:
    ///   - input: the exemplar.
    ///   - scores: of ``score(_:codes:memory:into:)``.
    func leaveOut(
        _ trial: Trial, _ input: ExpertInput, _ statistics: Statistics, memory: Bottleneck,
        scores: UnsafeMutableBufferPointer<Float>)

    /// Puts what a snapshot keeps of it among the parts.
    func keep(in parts: inout KeptParts)

    /// It as a snapshot kept it; nil when there was none.
    ///
    /// - Throws: ``MemoryError`` or `SafetensorsError` when the parts do not fit each other or what was learned.
    static func restored(
        from parts: KeptParts, _ statistics: inout Statistics, _ settings: ExpertSettings
    ) throws -> Self?
}

/// An expert that is solved for from time to time and keeps nothing, unless it says otherwise.
extension Expert {
    static var isImmediate: Bool { false }
    static var dimensionLimit: Int { .max }
    static func startWeight(_: ExpertSettings) -> Float { 0 }
    mutating func follow(_: Int, _: Statistics) {}
    func detached() -> Self { self }
    func mayBeTried(on _: Exemplar) -> Bool { true }
    mutating func prepareTrials(on _: [Exemplar], _: FrozenFeatures) {}
    func keep(in _: inout KeptParts) {}

    static func restored(
        from _: KeptParts, _ statistics: inout Statistics, _ settings: ExpertSettings
    ) throws -> Self? {
        fit(&statistics, settings)
    }
}
