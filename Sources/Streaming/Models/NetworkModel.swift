import Experts
import JSON
import Learning
import Messages
import Tensors

/// A network that answers by itself: its outputs are the scores of its classes.
final class NetworkModel: StreamModel {
    private(set) var answers: NetworkAnswers
    private let width: Int
    private let top: Int

    /// - Parameters:
    ///   - width: how many scores a vector has.
    ///   - top: how many ranked classes an answer has.
    init(_ answers: NetworkAnswers, width: Int, top: Int) {
        self.answers = answers
        self.width = width
        self.top = top
    }

    var isReady: Bool { true }
    var revision: Int { 0 }
    var tracesLearned: Int { 0 }
    var frozenDigests: [String] { [] }
    var encoder: VectorEncoder {
        let width = width
        return { EncodedBatch(plain: $0, width: width) }
    }
    var part: any SnapshotPart { answers.kept }

    func process(
        _ asked: Chunk.Asked, _ encoded: EncodedSample, replies: Bool
    ) -> (use: Outcome.Use, reply: Reply?) {
        let ranked = answers.process(encoded.vector, label: asked.sample.label, top: top)
        guard replies else { return (.predicted, nil) }
        return (
            .predicted,
            Reply(
                revision: 0, tracesLearned: 0, ranked: Array(ranked.prefix(top)),
                label: ranked.first?.label, confidence: ranked.first?.confidence ?? 0)
        )
    }

    func unlearn(_ sample: LearnerSample, _ encoded: EncodedSample) throws(Rejection) {
        throw Self.learnsNothing
    }
    func follow(_ instruction: Instruction) throws(Rejection) { throw Self.learnsNothing }
    private static let learnsNothing = Rejection(.instruction, "the network of this stream learns nothing")

    /// None: what it would answer depends on a session.
    func view() -> StreamView? { nil }

    func heldOutReporter() -> (@Sendable () -> HeldOutReport)? { nil }

    func report() -> ModelReport {
        let kept = answers.kept
        return ModelReport(
            metrics: ModelReport.metrics(kept.prequential)
                + [Metric(.classes, value: answers.labels.count)],
            records: kept.samples, labelled: kept.labelled)
    }

    func makeKeys(from vectors: [Float]) -> String {
        preconditionFailure("a network is ready from the start, so nobody makes keys for it")
    }
}

extension NetworkAnswers.Kept: SnapshotPart {
    func write(into file: inout Safetensors) throws {
        file.metadata["network"] = try JSONText.encoded(self)
    }
}
