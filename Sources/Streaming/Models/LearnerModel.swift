import Experts
import Learning
import Memory
import Messages
import Tensors

/// A learner: it answers from what it learned, and learns.
final class LearnerModel: StreamModel {
    private(set) var learner: Learner
    private let givesReasons: Bool
    private let givesCodes: Bool
    private let width: Int

    /// - Parameters:
    ///   - width: the values of a vector.
    ///   - givesReasons: whether every answer has its reasons, asked for or not.
    ///   - givesCodes: whether every answer has the codes.
    init(_ learner: Learner, width: Int, givesReasons: Bool, givesCodes: Bool) {
        self.learner = learner
        self.width = width
        self.givesReasons = givesReasons
        self.givesCodes = givesCodes
    }

    var isReady: Bool { learner.isReady }
    var revision: Int { learner.revision }
    var tracesLearned: Int { learner.tracesLearned }
    var frozenDigests: [String] { [learner.memory.frozenHash()] }
    var part: any SnapshotPart { LearnerPart(learner: learner) }

    var encoder: VectorEncoder {
        guard learner.isReady else {
            let width = width
            return { EncodedBatch(plain: $0, width: width) }
        }
        let encoder = learner.encoder
        return { try encoder.encode($0) }
    }

    func process(
        _ asked: Chunk.Asked, _ encoded: EncodedSample, replies: Bool
    ) throws(Rejection) -> (use: Outcome.Use, reply: Reply?) {
        let (revision, tracesLearned) = (learner.revision, learner.tracesLearned)
        // Before the sample itself is learned and becomes a reason.
        let explanation = replies && (asked.wantsReasons || givesReasons) ? learner.explain(encoded) : nil
        let outcome: Outcome
        do throws(LearnerError) {
            outcome = try learner.process(asked.sample, encoded)
        } catch {
            throw Self.rejection(error)
        }
        guard replies else { return (outcome.use, nil) }
        var reply = Self.reply(
            outcome.answer, revision: revision, tracesLearned: tracesLearned, encoded, explanation,
            labels: learner.classes.labels, givesCodes: givesCodes)
        reply.isHoldout = outcome.use == .heldOut
        return (outcome.use, reply)
    }

    func view() -> StreamView? {
        let view = learner.view()
        let (givesCodes, givesReasons) = (givesCodes, givesReasons)
        return StreamView(revision: view.revision, tracesLearned: view.tracesLearned) {
            features, wantsReasons in
            try view.encoder.encode(features).withSample(0) { encoded in
                Self.reply(
                    view.predict(encoded), revision: view.revision, tracesLearned: view.tracesLearned,
                    encoded,
                    wantsReasons || givesReasons ? view.explain(encoded) : nil, labels: view.classes.labels,
                    givesCodes: givesCodes)
            }
        }
    }

    /// An answer as it goes out.
    private static func reply(
        _ answer: Answer, revision: Int, tracesLearned: Int, _ encoded: EncodedSample,
        _ explanation: Explanation?, labels: [String], givesCodes: Bool
    ) -> Reply {
        var reply = Reply(
            revision: revision, tracesLearned: tracesLearned,
            ranked: answer.ranked.map { LabelScore(label: labels[$0.index], confidence: $0.probability) },
            label: answer.best.map { labels[$0.index] }, confidence: answer.best?.probability ?? 0)
        reply.isCalibrated = answer.isCalibrated
        reply.candidate = answer.isUnknown ? answer.candidate.map { labels[$0.index] } : nil
        reply.distance = answer.distance
        reply.codes = givesCodes ? encoded.codes.map { Int($0) } : nil
        reply.reasons = explanation.map { Reasons($0, labels: labels) }
        return reply
    }

    /// Why a sample is refused.
    private static func rejection(_ error: LearnerError) -> Rejection {
        switch error.code {
        case .classLimit: Rejection(.classLimit, error.message)
        case .full: Rejection(.full, error.message)
        case .configuration, .snapshot, .trace:
            preconditionFailure("no fault of a sample: \(error)")
        }
    }

    func unlearn(_ sample: LearnerSample, _ encoded: EncodedSample) throws(Rejection) {
        do throws(MemoryError) {
            try learner.unlearn(sample, encoded)
        } catch {
            throw Rejection(.notLearned, error.message)
        }
    }

    func follow(_ instruction: Instruction) throws(Rejection) {
        do throws(MemoryError) {
            switch instruction {
            case .deleteClass(let label): try learner.deleteClass(label)
            case .renameClass(let label, let new): try learner.renameClass(label, to: new)
            case .mergeClasses(let label, let other): try learner.mergeClass(label, into: other)
            case .unlearn:
                // A stage makes content of its own of these, which has the embedding's row.
                preconditionFailure("an unlearning without its embedding")
            }
        } catch {
            throw Rejection(.notLearned, error.message)
        }
    }

    func makeKeys(from vectors: [Float]) throws -> String { "\(try learner.initialiseKeys(from: vectors))" }
}

/// What a snapshot keeps of a learner.
struct LearnerPart: SnapshotPart {
    let learner: Learner

    func write(into file: inout Safetensors) throws {
        let content = try learner.snapshot()
        file.tensors.merge(content.tensors) { $1 }
        file.metadata.merge(content.metadata) { $1 }
    }
}
