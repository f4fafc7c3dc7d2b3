import Messages
import Synchronization

/// Makes the metrics messages: what is quickly found at a moment of the stream, and what held-out samples say of that
/// moment beside it, as up to 20,000 are asked.
final class Reporter {
    /// What the thread beside the stream tells it.
    private struct State {
        var isBusy = false
        var finished: MetricsMessage?
        /// What held-out samples said last, and of which model.
        var last: (revision: Int, labelled: Int, report: HeldOutReport)?
    }

    /// Shared with the thread beside the stream.
    private final class Shared: Sendable {
        let state = Mutex(State())
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

    /// Whether a report is still being made.
    var isBusy: Bool { shared.state.withLock { $0.isBusy } }

    /// Begins a report of this moment. Not while one is being made.
    ///
    /// - Parameters:
    ///   - metrics: what the other parts of the stream tell.
    ///   - model: the model's name, with its version.
    func begin(
        _ report: ModelReport, _ metrics: [Metric], model: ModelReference, milliseconds: Int64, isFinal: Bool
    ) {
        let (shared, stream, window) = (shared, stream, window)
        let known = shared.state.withLock { state in
            state.isBusy = true
            return state.last.flatMap {
                $0.revision == report.revision && $0.labelled == report.labelled ? $0.report : nil
            }
        }
        let (quick, records, labelled) = (report.metrics + metrics, report.records, report.labelled)
        let revision = report.revision
        // What is asked is copied only when there is something new to ask.
        let ask = known == nil ? report.heldOut?() : nil
        background.begin {
            let said = known ?? ask?() ?? HeldOutReport()
            let message = MetricsMessage(
                stream: stream, model: model, window: window, recordCount: records, labelledCount: labelled,
                metrics: quick + said.metrics, perClass: said.perClass, timestampMilliseconds: milliseconds,
                isFinal: isFinal)
            shared.state.withLock {
                $0 = State(isBusy: false, finished: message, last: (revision, labelled, said))
            }
        }
    }

    /// Publishes the report that was finished since, if one was. By the loop, between batches: an output counts on the
    /// ticket opened last.
    func publish(to output: OutputWriter) throws {
        let finished = shared.state.withLock { state in
            defer { state.finished = nil }
            return state.finished
        }
        guard let finished else { return }
        try output.send(finished)
        onReport(finished)
    }

    /// Waits until the report that is being made is finished.
    func wait() { background.wait() }
}
