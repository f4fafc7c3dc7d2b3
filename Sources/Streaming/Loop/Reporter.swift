import Messages
import Synchronization

/// Makes the metrics messages: what is quickly found at a moment of the stream, and what held-out samples say of that
/// moment beside it, as up to 20,000 are asked.
final class Reporter {
    /// What the thread beside the stream tells it.
    private enum State {
        case idle, making
        case finished(MetricsMessage)
    }

    /// Shared with the thread beside the stream.
    private final class Shared: Sendable {
        let state = Mutex(State.idle)
        /// What held-out samples said last, and of which model.
        let last = Mutex<(revision: Int, labelled: Int, report: HeldOutReport)?>(nil)
    }

    private let shared = Shared()
    private let background: any Background
    private let stream: String
    private let window: MetricsWindow

    private let onReport: (MetricsMessage) -> Void

    /// - Parameter onReport: told each message, on the stream's thread.
    init(
        _ configuration: Configuration, background: any Background,
        onReport: @escaping (MetricsMessage) -> Void
    ) {
        self.onReport = onReport
        self.background = background
        stream = configuration.stream
        window = MetricsWindow(kind: .last, n: configuration.evaluation.window)
    }

    /// Whether a report can be begun: the last one was published.
    var isIdle: Bool { shared.state.withLock { if case .idle = $0 { true } else { false } } }

    /// Begins a report of this moment, when idle.
    ///
    /// - Parameters:
    ///   - metrics: what the other parts of the stream tell.
    ///   - name: the model's name, with its revision.
    func begin(
        of model: any StreamModel, _ metrics: [Metric], name: ModelReference, milliseconds: Int64,
        isFinal: Bool
    ) {
        let report = model.report()
        let (shared, stream, window, revision) = (shared, stream, window, model.revision)
        let known = shared.last.withLock { last in
            last.flatMap { $0.revision == revision && $0.labelled == report.labelled ? $0.report : nil }
        }
        // What is asked is copied only when there is something new to ask.
        let ask = known == nil ? model.heldOutReporter() : nil
        shared.state.withLock { $0 = .making }
        background.begin {
            let said = known ?? ask?() ?? HeldOutReport()
            let message = MetricsMessage(
                stream: stream, model: name, window: window, recordCount: report.records,
                labelledCount: report.labelled, metrics: report.metrics + metrics + said.metrics,
                perClass: said.perClass, timestampMilliseconds: milliseconds, isFinal: isFinal)
            shared.last.withLock { $0 = (revision, report.labelled, said) }
            shared.state.withLock { $0 = .finished(message) }
        }
    }

    /// Publishes the report that was finished since, if one was. By the loop, between batches: an output counts on the
    /// ticket opened last.
    func publish(to output: OutputWriter) throws {
        let finished = shared.state.withLock { state -> MetricsMessage? in
            guard case .finished(let message) = state else { return nil }
            state = .idle
            return message
        }
        guard let finished else { return }
        try output.send(finished)
        onReport(finished)
    }

    /// Waits until the report that is being made is finished.
    func wait() { background.wait() }
}
