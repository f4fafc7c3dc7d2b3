import Evaluation

/// The samples that are never learned, and what becomes of them.
extension Learner {
    /// Scores the held-out samples with what is known now.
    public mutating func evaluateHoldOuts() {
        let asked = knowledge
        var room = AnswerRoom()
        holdOuts.evaluate(at: labelled) { asked.bestClass($0, &room) }
    }

    /// What the held-out samples say now. Changes nothing, not even the peaks: those follow from evaluations at
    /// fixed places of the stream, so that a replay finds the same. ``holdOutReporter()`` gives the same from
    /// another thread.
    public func freshHoldOutReport() -> HoldOutReport {
        let asked = knowledge.settled()
        var room = AnswerRoom()
        return holdOuts.peek(at: labelled) { asked.bestClass($0, &room) }
    }
}
