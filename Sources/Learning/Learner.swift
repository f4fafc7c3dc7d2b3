import Digests
import Evaluation
import Foundation
import Memory
import Tensors

/// Memory, classes and evaluation as one value that is predicted with, scored and taught, record by record.
///
/// ```swift
/// var learner = try Learner(configuration: .init(dimension: 64))
/// try learner.initialiseKeys(from: unlabelled)
/// let codes = try learner.memory.encode(vectors, rows: n)   // pure: batch it, spread it over the cores
/// let outcome = try learner.process(sample, codes: codes)   // in order: predict, score, learn
/// ```
///
/// Everything that ``process(_:codes:)`` changes follows from the samples and their order: the same log gives
/// the same bits.
public struct Learner: Sendable {
    /// What it is made of.
    public let configuration: LearnerConfiguration
    /// The key-value bottleneck.
    public internal(set) var memory: Bottleneck
    /// The labels met so far.
    public internal(set) var classes: ClassTable
    /// Accuracy of answers given before learning.
    public internal(set) var prequential: PrequentialMetrics
    /// Samples that are never learned, and what became of them.
    public internal(set) var holdOuts: HoldOuts<Codes>
    /// The number of traces learned: the version of the model.
    public internal(set) var version = 0
    /// The number of samples processed.
    public internal(set) var samples = 0
    /// The number of samples processed that had a label.
    public internal(set) var labelled = 0
    /// Room for scores, kept from record to record.
    private var scores: [Float] = []

    /// A learner that knows nothing, without keys.
    ///
    /// - Throws: ``LearnerError`` or `MemoryError` when a setting is out of its range.
    public init(configuration: LearnerConfiguration) throws {
        self.configuration = try configuration.validated()
        memory = try Bottleneck(configuration: configuration.memory, dimension: configuration.dimension)
        classes = ClassTable()
        prequential = try PrequentialMetrics(window: configuration.window)
        holdOuts = HoldOuts(
            settings: try HoldOutSettings(
                streamSeed: configuration.memory.seed, fraction: configuration.holdOutFraction,
                itemsPerGeneration: configuration.holdOutPerClass,
                minimumItems: min(5, configuration.holdOutPerClass), evaluationInterval: 100))
    }

    /// Makes and freezes the keys from unlabelled embeddings.
    ///
    /// - Parameters:
    ///   - vectors: [rows][dimension], finite.
    ///   - progress: called with the finished part, 0 to 1, from any thread.
    /// - Throws: `MemoryError` when the keys are frozen already or there is no vector.
    public mutating func initialiseKeys(
        from vectors: [Float], progress: @Sendable (Double) -> Void = { _ in }
    ) throws(MemoryError) {
        try memory.initialiseKeys(from: vectors, progress: progress)
        try memory.freeze()
    }

    /// Whether the keys are there, so that records can be processed.
    public var isReady: Bool { memory.isFrozen }

    /// Predicts, scores and learns one sample, in this order.
    ///
    /// A sample without a label is only predicted. A held-out one is predicted and scored, never learned.
    ///
    /// - Parameter codes: [C][T], the memory's codes of the sample.
    /// - Throws: ``LearnerError`` when the label would be one class too many; then nothing has changed.
    public mutating func process(
        _ sample: LearnerSample, codes: UnsafeBufferPointer<UInt16>
    ) throws(LearnerError) -> Outcome {
        if let label = sample.label, classes.count >= configuration.classLimit,
            classes.index(of: label) == nil
        {
            throw LearnerError(
                .classLimit,
                "label \(label) would be class number \(classes.count + 1); the limit classLimit is \(configuration.classLimit)"
            )
        }
        let answer = answer(codes)
        samples += 1
        guard let label = sample.label else { return Outcome(answer: answer, use: .predicted) }
        let classIndex = classes.open(label)
        labelled += 1
        prequential.record(actual: classIndex, predicted: answer.best?.index, weight: sample.weight)
        let use: Outcome.Use
        if holdOuts.wouldDivert(sampleID: sample.id, classIndex: classIndex, role: sample.role) {
            holdOuts.add(sampleID: sample.id, classIndex: classIndex, payload: Codes(codes))
            use = .heldOut
        } else {
            memory.learn(codes, classIndex: classIndex, weight: sample.weight)
            holdOuts.noteLearned(classIndex: classIndex, at: labelled)
            version += 1
            use = .learned
        }
        if holdOuts.isDue(at: labelled) { evaluateHoldOuts() }
        return Outcome(answer: answer, use: use)
    }

    /// What the learner says of a sample. Changes nothing.
    ///
    /// - Parameter codes: [C][T].
    public func predict(_ codes: [UInt16]) -> Answer {
        var copy = self
        return codes.withUnsafeBufferPointer { copy.answer($0) }
    }

    /// Takes one learned sample back from the memory. Metrics keep what was measured.
    ///
    /// - Parameter codes: [C][T].
    /// - Throws: `MemoryError` when the readout is `sgd`, or the sample was never learned.
    public mutating func unlearn(_ codes: [UInt16], label: String, weight: Int = 1) throws(MemoryError) {
        guard let classIndex = classes.index(of: label) else {
            throw MemoryError(.unlearning, "nothing with the label \(label) was ever learned")
        }
        let result: Result<Void, MemoryError> = codes.withUnsafeBufferPointer { codes in
            do throws(MemoryError) {
                try memory.unlearn(codes, classIndex: classIndex, weight: weight)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
        version -= 1
    }

    /// Scores the held-out samples with what is known now.
    public mutating func evaluateHoldOuts() {
        // Copies that share the tables: hold-outs cannot be changed and the learner be read at once.
        let classes = classes
        let memory = memory
        let hasLearned = version > 0
        var scores = scores
        holdOuts.evaluate(at: labelled) { codes in
            codes.values.withUnsafeBufferPointer { codes in
                hasLearned ? Self.bestClass(codes, memory: memory, classes: classes, scores: &scores) : nil
            }
        }
    }

    /// What the held-out samples say now. Changes nothing, not even the peaks: those follow from evaluations at
    /// fixed places of the stream, so that a replay finds the same.
    public func freshHoldOutReport() -> HoldOutReport {
        var copy = self
        copy.evaluateHoldOuts()
        return copy.holdOuts.report()
    }

    private static func bestClass(
        _ codes: UnsafeBufferPointer<UInt16>, memory: Bottleneck, classes: ClassTable, scores: inout [Float]
    ) -> Int? {
        guard classes.count > 0 else { return nil }
        fit(&scores, classes.count)
        scores.withUnsafeMutableBufferPointer { memory.score(codes, into: $0) }
        var best = 0
        for index in 1..<max(1, classes.count) where precedes(index, best, scores: scores, classes: classes) {
            best = index
        }
        return best
    }

    private static func fit(_ scores: inout [Float], _ count: Int) {
        if scores.count != count { scores = [Float](repeating: 0, count: count) }
    }

    /// Whether a class ranks before another: by score, and by label where the scores are equal, so that the
    /// answer does not depend on which label came first.
    private static func precedes(_ a: Int, _ b: Int, scores: [Float], classes: ClassTable) -> Bool {
        if scores[a] != scores[b] { return scores[a] > scores[b] }
        return classes.labels[a].utf8.lexicographicallyPrecedes(classes.labels[b].utf8)
    }

    /// Changes nothing but the room for scores.
    private mutating func answer(_ codes: UnsafeBufferPointer<UInt16>) -> Answer {
        let count = classes.count
        guard count > 0, version > 0 else { return Answer(ranked: []) }
        Self.fit(&scores, count)
        scores.withUnsafeMutableBufferPointer { memory.score(codes, into: $0) }
        var top: [Int] = []
        let limit = min(configuration.topK, count)
        top.reserveCapacity(limit + 1)
        for index in 0..<count {
            if top.count == limit {
                guard Self.precedes(index, top[limit - 1], scores: scores, classes: classes) else { continue }
                top.removeLast()
            }
            var place = top.count
            while place > 0, Self.precedes(index, top[place - 1], scores: scores, classes: classes) {
                place -= 1
            }
            top.insert(index, at: place)
        }
        let largest = scores[top[0]]
        // All that was learned was taken back.
        guard largest.isFinite else { return Answer(ranked: []) }
        let scale = memory.inverseTemperature
        // The sum runs in the order in which labels appeared. Double precision keeps that order from showing
        // in the rounded shares.
        var total = 0.0
        for score in scores { total += exponential(Double((score - largest) * scale)) }
        return Answer(
            ranked: top.map {
                Answer.RankedClass(
                    index: $0, probability: Float(exponential(Double((scores[$0] - largest) * scale)) / total)
                )
            })
    }
}
