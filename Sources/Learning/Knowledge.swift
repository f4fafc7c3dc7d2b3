import Experts
import Memory

/// What answers follow from: a ``Learner`` changes it, an ``AnsweringView`` keeps it as it was.
struct Knowledge: Sendable {
    /// What it is made of.
    let configuration: LearnerConfiguration
    /// The key-value bottleneck.
    var memory: Bottleneck
    /// The experts that answer together; nil with the readout `sgd`, which answers alone.
    var ensemble: Ensemble?
    /// The labels met so far.
    var classes = ClassTable()
    /// The number of traces learned.
    var tracesLearned = 0
    /// How often what is answered has changed, or may have. It never goes back.
    var revision = 0

    /// Nothing known, and no keys.
    ///
    /// - Throws: ``LearnerError`` or `MemoryError` when a setting is out of its range.
    init(configuration: LearnerConfiguration) throws {
        self.configuration = try configuration.validated()
        memory = try Bottleneck(configuration: configuration.memory, dimension: configuration.dimension)
        if configuration.usesEnsemble {
            ensemble = try Ensemble(
                configuration: configuration.ensemble, memory: configuration.memory,
                dimension: configuration.dimension)
        }
    }

    /// The frozen part.
    var encoder: SampleEncoder { SampleEncoder(keys: memory.frozenKeys, features: ensemble?.frozen) }

    /// Whether something was taken back that what was solved for still knows.
    var isStale: Bool { ensemble?.isStale == true }

    /// Solves anew if something was taken back, so that no answer knows of it.
    mutating func settle() {
        if isStale { ensemble?.refresh(memory) }
    }

    /// The same, settled.
    func settled() -> Knowledge {
        var copy = self
        copy.settle()
        return copy
    }

    /// The same for who only asks, while this goes on being changed: see `Bottleneck.detached()` and
    /// `Ensemble.detached()`.
    func detached() -> Knowledge {
        var copy = self
        copy.memory = memory.detached()
        copy.ensemble = ensemble?.detached()
        return copy
    }

    /// The class that a held-out sample is answered with; nil for none.
    func bestClass(_ held: HeldSample, _ room: inout AnswerRoom) -> Int? {
        EncodedBatch(held.vector, codes: held.codes, features: ensemble?.frozen).withSample(0) {
            answer($0, &room).best?.index
        }
    }
}
