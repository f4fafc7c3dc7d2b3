import Evaluation
import Experts

/// The samples that are never learned, and what becomes of them.
extension Learner {
    /// Scores the held-out samples with what is known now.
    public mutating func evaluateHoldOuts() {
        // A copy that shares the tables: hold-outs cannot be changed and the learner be read at once.
        var asked = self
        asked.holdOuts = HoldOuts(settings: holdOuts.settings)
        var room = AnswerRoom()
        holdOuts.evaluate(at: labelled) { asked.bestClass($0, &room) }
    }

    private func bestClass(_ held: HeldSample, _ room: inout AnswerRoom) -> Int? {
        EncodedBatch(held.vector, codes: held.codes, features: ensemble?.frozen).withSample(0) {
            answer($0, &room).best?.index
        }
    }

    /// What the held-out samples say now. Changes nothing, not even the peaks: those follow from evaluations at
    /// fixed places of the stream, so that a replay finds the same.
    public func freshHoldOutReport() -> HoldOutReport {
        var copy = self
        copy.settle()
        copy.evaluateHoldOuts()
        return copy.holdOuts.report()
    }

    /// What ``freshHoldOutReport()`` says of this moment, to be asked on any thread while the learner goes on.
    public func holdOutQuestion() -> @Sendable () -> HoldOutReport {
        let asked = self
        return { asked.freshHoldOutReport() }
    }
}
