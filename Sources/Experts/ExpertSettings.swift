import Memory

/// What the experts are set to, themselves and the memory beside them.
struct ExpertSettings: Sendable {
    /// Which experts there are, and what they may cost.
    let ensemble: EnsembleConfiguration
    /// The sizes of the memory; all chances are taken from its seed.
    let memory: BottleneckConfiguration
    /// D, the length of an embedding.
    let dimension: Int

    /// What must be kept for all experts together.
    var needs: StatisticsNeeds { ensemble.experts.reduce(into: []) { $0.formUnion($1.type.needs) } }

    /// No exemplars yet.
    var noExemplars: Exemplars { exemplars([]) }

    /// These exemplars, by class.
    func exemplars(_ byClass: [[Exemplar]]) -> Exemplars {
        // What codes and steps take.
        let bytesEach = 2 * (dimension + memory.codesPerRecord)
        return Exemplars(
            byClass: byClass, perClass: ensemble.exemplarsPerClass, bytesEach: bytesEach, seed: memory.seed)
    }
}
