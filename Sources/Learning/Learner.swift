import Evaluation
import Experts
import Foundation
import Memory
import Tensors

/// Memory, experts, classes and evaluation as one value that is predicted with, scored and taught, record by record.
///
/// ```swift
/// var learner = try Learner(configuration: .init(dimension: 64))
/// try learner.initialiseKeys(from: unlabelled)
/// let batch = try learner.encoder.encode(vectors)            // pure: spread it over the cores
/// try batch.withSample(row) { sample in
///     try learner.process(LearnerSample(id: id, label: label), sample)   // in order: predict, score, learn
/// }
/// ```
///
/// There are three verbs. ``predict(_:)`` changes nothing, ``score(_:_:)`` moves metrics, ``learn(_:)`` takes a
/// ``Trace`` and changes the model; ``process(_:_:)`` is the three in order. ``unlearn(_:)`` takes a trace back.
///
/// Everything that these change follows from the samples and their order: the same log gives the same bits.
public struct Learner: Sendable {
    /// What it is made of.
    public let configuration: LearnerConfiguration
    /// The key-value bottleneck.
    public internal(set) var memory: Bottleneck
    /// The experts that answer together; nil with the readout `sgd`, which answers alone.
    public internal(set) var ensemble: Ensemble?
    /// The labels met so far.
    public internal(set) var classes: ClassTable
    /// Accuracy of answers given before learning.
    public internal(set) var prequential: PrequentialMetrics
    /// How far confidences were from the truth, for answers given before learning.
    public internal(set) var calibration: CalibrationWindow
    /// Samples that are never learned, and what became of them.
    public internal(set) var holdOuts: HoldOuts<HeldSample>
    /// The number of traces learned: the version of the model.
    public internal(set) var version = 0
    /// How often what ``predict(_:)`` answers has changed, or may have: by each trace learned or taken back, each change
    /// of a class, and new keys.
    public internal(set) var revision = 0
    /// The number of samples scored, with and without a label.
    public internal(set) var samples = 0
    /// The number of traces learned or held out.
    public internal(set) var labelled = 0
    /// Room for an answer, kept from record to record.
    var room = AnswerRoom()

    /// A learner that knows nothing, without keys.
    ///
    /// - Throws: ``LearnerError`` or `MemoryError` when a setting is out of its range.
    public init(configuration: LearnerConfiguration) throws {
        self.configuration = try configuration.validated()
        memory = try Bottleneck(configuration: configuration.memory, dimension: configuration.dimension)
        if configuration.usesEnsemble {
            ensemble = try Ensemble(
                configuration: configuration.ensemble, memory: configuration.memory,
                dimension: configuration.dimension)
        }
        classes = ClassTable()
        prequential = try PrequentialMetrics(window: configuration.window)
        calibration = CalibrationWindow(capacity: configuration.window)
        holdOuts = HoldOuts(
            settings: try HoldOutSettings(
                streamSeed: configuration.memory.seed, fraction: configuration.holdOutFraction,
                itemsPerGeneration: configuration.holdOutPerClass,
                minimumItems: min(5, configuration.holdOutPerClass), evaluationInterval: 100))
    }

    /// Makes and freezes the keys, and the scale of the experts, from unlabelled embeddings.
    ///
    /// - Parameters:
    ///   - vectors: [rows][dimension], finite.
    ///   - progress: called with the finished part, 0 to 1, from any thread.
    /// - Returns: how the vectors spread over the keys.
    /// - Throws: `MemoryError` when the keys are frozen already or there is no vector.
    @discardableResult
    public mutating func initialiseKeys(
        from vectors: [Float], progress: @Sendable (Double) -> Void = { _ in }
    ) throws(MemoryError) -> KeyReport {
        let report = try memory.initialiseKeys(from: vectors, progress: progress)
        try memory.freeze()
        ensemble?.initialise(from: vectors)
        revision += 1
        return report
    }

    /// Whether the keys are there, so that records can be processed.
    public var isReady: Bool { memory.isFrozen }

    /// The frozen part.
    public var encoder: SampleEncoder { SampleEncoder(keys: memory.frozenKeys, features: ensemble?.frozen) }
}
