import Evaluation

/// Asks the held-out samples of one moment, on any thread, while the learner goes on.
///
/// ```swift
/// let reporter = learner.holdOutReporter()        // on the learner's thread
/// let report = reporter.report()                  // on any: what `freshHoldOutReport()` would have said then
/// ```
public struct HoldOutReporter: Sendable {
    /// What is asked.
    public let view: AnsweringView
    private let holdOuts: HoldOuts<HeldSample>
    private let labelled: Int

    init(_ view: AnsweringView, _ holdOuts: HoldOuts<HeldSample>, at labelled: Int) {
        self.view = view
        self.holdOuts = holdOuts
        self.labelled = labelled
    }

    /// Asks them all.
    public func report() -> HoldOutReport {
        var room = AnswerRoom()
        return holdOuts.peek(at: labelled) { view.bestClass($0, &room) }
    }
}

extension Learner {
    /// What asks the held-out samples as they are now, later and elsewhere. Changes nothing.
    public func holdOutReporter() -> HoldOutReporter { HoldOutReporter(view(), holdOuts, at: labelled) }
}
