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
    ///
    /// - Parameter view: a view of this learner and this ``revision``, where there is one; otherwise one is made.
    public func holdOutReporter(asking view: AnsweringView? = nil) -> HoldOutReporter {
        let view = view ?? self.view()
        precondition(view.revision == revision, "the view is of another revision than the learner")
        return HoldOutReporter(view, holdOuts, at: labelled)
    }
}
