import Evaluation
import Foundation
import Messages

/// Counts and times of the running process, and whether too many records fail. Not part of the state: they begin anew
/// at each start.
struct StreamCounters {
    private var breaker: FailureBreaker
    private let tolerance: Double
    private let deadLetterTopic: String
    private let inputTopic: String
    private var latency = LatencyHistogram()
    /// Records that were gone through for the first time, and again.
    private var answeredRecords = 0
    private var silentRecords = 0
    /// Predictions that were sent, by what they say.
    private var predictions: [Prediction.Outcome: Int] = [:]
    private var instructions = 0
    private var deadLetters: [RejectionCode: Int] = [:]
    /// Why the stream must end: too many records fail.
    private(set) var fault: StreamError?
    private var recordsAtLast = 0
    private var last: ContinuousClock.Instant

    /// - Parameter now: from when on the rate is measured.
    init(_ configuration: Configuration, now: ContinuousClock.Instant) {
        last = now
        tolerance = configuration.errors.tolerance
        breaker = FailureBreaker(window: configuration.errors.window, tolerance: tolerance)
        deadLetterTopic = configuration.topics.deadLetters
        inputTopic = configuration.inputTopic
    }

    /// All records that were gone through, whatever became of them.
    private var records: Int { answeredRecords + silentRecords + deadLetters.values.reduce(0, +) }

    /// Notes a record that could be used.
    ///
    /// - Parameter isSilent: whether it was answered before this run.
    mutating func succeeded(isSilent: Bool) {
        _ = breaker.note(failed: false)
        if isSilent { silentRecords += 1 } else { answeredRecords += 1 }
    }

    /// Notes a record that waits for the keys.
    mutating func held() { _ = breaker.note(failed: false) }

    /// Notes an answer.
    ///
    /// - Parameter took: from the record being there to the answer being ready.
    mutating func answered(_ reply: Reply, took: Duration) {
        predictions[reply.outcome, default: 0] += 1
        latency.record(nanoseconds: UInt64(max(0, took.microseconds)) * 1_000)
    }

    /// Notes that an instruction changed what was learned.
    mutating func followed() { instructions += 1 }

    /// Notes a record that could not be used.
    ///
    /// - Parameter isSilent: whether its dead letter was sent before this run.
    mutating func failed(_ rejection: Rejection, isSilent: Bool) {
        // What was refused in an earlier run is no reason to end this one too.
        guard !isSilent else { return silentRecords += 1 }
        deadLetters[rejection.code, default: 0] += 1
        guard breaker.note(failed: true), fault == nil else { return }
        fault = StreamError(
            "\(breaker.account) could not be used, more than errors.tolerance \(tolerance) allows; the last one: \(rejection). Mend the producer (`weir tail dead-letters --config weir.yaml` shows the records, which are in \(deadLetterTopic)). A restart goes on behind the records that were refused until now; to go on in spite of such records raise errors.tolerance"
        )
    }

    /// What was counted so far; rate and durations are those since the last call.
    mutating func takeMetrics(now: ContinuousClock.Instant) -> [Metric] {
        let seconds = last.duration(to: now).seconds
        defer {
            last = now
            recordsAtLast = records
            latency = LatencyHistogram()
        }
        let refused = deadLetters.values.reduce(0, +)
        let rate = seconds > 0 ? Double(records - recordsAtLast) / seconds : 0
        return [
            Metric(.inputRate, value: .number(rate)),
            Metric(.inputRecords, inputTopic, "answered", value: answeredRecords),
            Metric(.inputRecords, inputTopic, "silent", value: silentRecords),
            Metric(.inputRecords, inputTopic, "dead_lettered", value: refused),
            Metric(.predictionDuration, "0.5", value: Self.seconds(latency.p50)),
            Metric(.predictionDuration, "0.9", value: Self.seconds(latency.p90)),
            Metric(.predictionDuration, "0.99", value: Self.seconds(latency.p99)),
            Metric(.predictionDuration, "1", value: Self.seconds(latency.max)),
            Metric(.instructions, value: instructions),
        ] + Prediction.Outcome.allCases.map { Metric(.predictions, $0.rawValue, value: predictions[$0] ?? 0) }
            + deadLetters.map { Metric(.deadLetters, $0.rawValue, value: $1) }
    }

    private static func seconds(_ nanoseconds: MetricValue) -> MetricValue {
        if case .value(let number) = nanoseconds { .value(number / 1e9) } else { nanoseconds }
    }
}
