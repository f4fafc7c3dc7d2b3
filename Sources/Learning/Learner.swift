import Digests
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
/// Everything that ``process(_:_:)`` changes follows from the samples and their order: the same log gives the same
/// bits.
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
    /// The number of samples processed.
    public internal(set) var samples = 0
    /// The number of samples processed that had a label.
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
        return report
    }

    /// Whether the keys are there, so that records can be processed.
    public var isReady: Bool { memory.isFrozen }

    /// The frozen part.
    public var encoder: SampleEncoder { SampleEncoder(keys: memory.frozenKeys, features: ensemble?.frozen) }

    // MARK: Records

    /// Predicts, scores and learns one sample, in this order.
    ///
    /// A sample without a label is only predicted. A held-out one is predicted and scored, never learned.
    ///
    /// - Parameter encoded: the sample as ``encoder`` gives it.
    /// - Throws: ``LearnerError`` when the label would be one class too many, or sums are full; then nothing has
    ///   changed.
    public mutating func process(
        _ sample: LearnerSample, _ encoded: EncodedSample
    ) throws(LearnerError) -> Outcome {
        try check(sample)
        refreshIfStale()
        let answer = answer(encoded)
        samples += 1
        guard let label = sample.label else { return Outcome(answer: answer, use: .predicted) }
        let classIndex = classes.open(label)
        labelled += 1
        score(answer, classIndex: classIndex, weight: sample.weight)
        let use: Outcome.Use
        if holdOuts.wouldDivert(sampleID: sample.id, classIndex: classIndex, role: sample.role) {
            holdOuts.add(sampleID: sample.id, classIndex: classIndex, payload: HeldSample(encoded))
            use = .heldOut
        } else {
            learn(sample, encoded, classIndex: classIndex)
            use = .learned
        }
        if holdOuts.isDue(at: labelled) { evaluateHoldOuts() }
        return Outcome(answer: answer, use: use)
    }

    private func check(_ sample: LearnerSample) throws(LearnerError) {
        guard let label = sample.label else { return }
        guard classes.count < configuration.classLimit || classes.index(of: label) != nil else {
            throw LearnerError(
                .classLimit,
                "label \(label) would be class number \(classes.count + 1); the limit classLimit is \(configuration.classLimit)"
            )
        }
        guard ensemble?.isFull != true else {
            throw LearnerError(
                .full,
                "the sums of squares that the experts keep have reached 2^52 and would no longer be exact; go on with smaller weights in a new snapshots.folder"
            )
        }
    }

    private mutating func score(_ answer: Answer, classIndex: Int, weight: Int) {
        prequential.record(actual: classIndex, predicted: answer.best?.index, weight: weight)
        guard let candidate = answer.candidate else { return }
        calibration.record(
            confidence: candidate.probability, uncalibrated: answer.uncalibrated,
            isRight: candidate.index == classIndex, isUnknown: answer.isUnknown,
            rightExperts: answer.opinions.map { $0 == classIndex })
    }

    private mutating func learn(_ sample: LearnerSample, _ encoded: EncodedSample, classIndex: Int) {
        memory.learn(encoded.codes, classIndex: classIndex, weight: sample.weight)
        ensemble?.learn(
            encoded, classIndex: classIndex, weight: sample.weight, id: sample.id, source: sample.source)
        holdOuts.noteLearned(classIndex: classIndex, at: labelled)
        version += 1
        ensemble?.advance(memory)
    }

    /// Solves for the experts and their weights with all that is known now. It happens by itself from time to time;
    /// before an examination it makes the answers those of all that was learned.
    public mutating func refresh() { ensemble?.refresh(memory) }

    /// What was taken back must not show in an answer.
    mutating func refreshIfStale() {
        if ensemble?.isStale == true { refresh() }
    }

    /// What the learner says of a sample. Changes nothing.
    public func predict(_ encoded: EncodedSample) -> Answer {
        var copy = self
        copy.refreshIfStale()
        return copy.answer(encoded)
    }

    // MARK: Hold-outs

    /// Scores the held-out samples with what is known now.
    public mutating func evaluateHoldOuts() {
        // A copy that shares the tables: hold-outs cannot be changed and the learner be read at once.
        var asked = self
        asked.holdOuts = HoldOuts(settings: holdOuts.settings)
        holdOuts.evaluate(at: labelled) { asked.bestClass($0) }
    }

    private mutating func bestClass(_ held: HeldSample) -> Int? {
        EncodedBatch(held.vector, codes: held.codes, features: ensemble?.frozen).withSample(0) {
            answer($0).best?.index
        }
    }

    /// What the held-out samples say now. Changes nothing, not even the peaks: those follow from evaluations at
    /// fixed places of the stream, so that a replay finds the same.
    public func freshHoldOutReport() -> HoldOutReport {
        var copy = self
        copy.refreshIfStale()
        copy.evaluateHoldOuts()
        return copy.holdOuts.report()
    }
}
