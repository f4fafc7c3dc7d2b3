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
    /// What answers follow from.
    var knowledge: Knowledge
    /// Accuracy of answers given before learning.
    public internal(set) var prequential: PrequentialMetrics
    /// How far confidences were from the truth, for answers given before learning.
    public internal(set) var calibration: CalibrationWindow
    /// Samples that are never learned, and what became of them.
    public internal(set) var holdOuts: HoldOuts<HeldSample>
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
        knowledge = try Knowledge(configuration: configuration)
        prequential = try PrequentialMetrics(window: configuration.window)
        calibration = CalibrationWindow(capacity: configuration.window)
        holdOuts = HoldOuts(
            settings: try HoldOutSettings(
                streamSeed: configuration.memory.seed, fraction: configuration.holdOutFraction,
                itemsPerGeneration: configuration.holdOutPerClass,
                minimumItems: min(5, configuration.holdOutPerClass), evaluationInterval: 100))
    }

    // MARK: What is known

    /// What it is made of.
    public var configuration: LearnerConfiguration { knowledge.configuration }
    /// The key-value bottleneck.
    public var memory: Bottleneck { knowledge.memory }
    /// The experts that answer together; nil with the readout `sgd`, which answers alone.
    public var ensemble: Ensemble? { knowledge.ensemble }
    /// The labels met so far.
    public var classes: ClassTable { knowledge.classes }
    /// The number of traces learned, less those taken back.
    public var tracesLearned: Int { knowledge.tracesLearned }
    /// How often what ``predict(_:)`` answers has changed, or may have: by each trace learned or taken back, each change
    /// of a class, and new keys. It never goes back, and a snapshot keeps it.
    public var revision: Int { knowledge.revision }

    /// The frozen part.
    public var encoder: SampleEncoder { knowledge.encoder }

    // MARK: Keys

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
        let report = try knowledge.memory.initialiseKeys(from: vectors, progress: progress)
        try knowledge.memory.freeze()
        knowledge.ensemble?.initialise(from: vectors)
        knowledge.revision += 1
        return report
    }

    /// Whether the keys are there, so that records can be processed.
    public var isReady: Bool { knowledge.memory.isFrozen }
}
