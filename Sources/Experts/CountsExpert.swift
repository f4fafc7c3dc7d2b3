import Memory

/// The counts of the memory as an expert: it keeps nothing itself and asks the ``Bottleneck``.
struct CountsExpert: Expert {
    static let needs: StatisticsNeeds = []
    static let isImmediate = true

    /// The geometric mean of the codebooks.
    static func startWeight(_ settings: ExpertSettings) -> Float { 1 / Float(settings.memory.codebooks) }

    static func fit(_: inout Statistics, _: ExpertSettings) -> CountsExpert? { CountsExpert() }

    func score(
        _: ExpertInput, codes: UnsafeBufferPointer<UInt16>, memory: Bottleneck,
        into scores: UnsafeMutableBufferPointer<Float>
    ) {
        memory.score(codes, into: scores)
    }

    func leaveOut(
        _ trial: Trial, _: ExpertInput, _: Statistics, memory: Bottleneck,
        scores: UnsafeMutableBufferPointer<Float>
    ) {
        trial.exemplar.codes.withUnsafeBufferPointer {
            memory.readout.counts?.score(
                $0, without: (trial.classIndex, trial.exemplar.weight), into: scores)
        }
    }
}
