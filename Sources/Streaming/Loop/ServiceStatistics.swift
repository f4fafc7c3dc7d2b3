import Evaluation
import Foundation
import Learning
import Messages

/// Counts and times of the running process. Not part of the state: they begin anew at each start.
struct ServiceStatistics {
    private var latency = LatencyHistogram()
    /// Records that were gone through for the first time, and again.
    private var answeredRecords = 0
    private var silentRecords = 0
    /// Predictions that were sent.
    private var answers = 0
    private var unknown = 0
    private var nothingLearned = 0
    private var instructions = 0
    private var deadLetters: [RejectionCode: Int] = [:]
    var lost = 0
    private var recordsAtLast = 0
    private var last = ContinuousClock.now

    /// All records that were gone through, whatever became of them.
    private var records: Int { answeredRecords + silentRecords + deadLetters.values.reduce(0, +) }

    mutating func begin() { last = .now }

    /// Notes a record that could be used.
    ///
    /// - Parameter isSilent: whether it was answered before this run.
    mutating func took(isSilent: Bool) {
        if isSilent { silentRecords += 1 } else { answeredRecords += 1 }
    }

    /// Notes a prediction.
    ///
    /// - Parameters:
    ///   - answer: what the learner said; nil when a network answers by itself.
    ///   - took: from the record being there to the prediction being ready.
    mutating func predicted(_ answer: Answer?, took: Duration) {
        if answer?.isUnknown == true {
            unknown += 1
        } else if let answer, answer.best == nil {
            nothingLearned += 1
        } else {
            answers += 1
        }
        latency.record(nanoseconds: UInt64(max(0, took.microseconds)) * 1_000)
    }

    /// Notes that an instruction changed what was learned.
    mutating func followed() { instructions += 1 }

    /// Notes a record that could not be used.
    ///
    /// - Parameter isSilent: whether its dead letter was sent before this run.
    mutating func rejected(_ code: RejectionCode, isSilent: Bool) {
        if isSilent { silentRecords += 1 } else { deadLetters[code, default: 0] += 1 }
    }

    /// What was counted so far; rate and durations are those since the last call.
    ///
    /// - Parameter topic: the topic of the records.
    mutating func takeMetrics(topic: String) -> [Metric] {
        let now = ContinuousClock.now
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
            Metric(.inputRecords, topic, "answered", value: answeredRecords),
            Metric(.inputRecords, topic, "silent", value: silentRecords),
            Metric(.inputRecords, topic, "dead_lettered", value: refused),
            Metric(.predictions, "answered", value: answers),
            Metric(.predictions, "unknown", value: unknown),
            Metric(.predictions, "nothing_learned", value: nothingLearned),
            Metric(.predictionDuration, "0.5", value: Self.seconds(latency.p50)),
            Metric(.predictionDuration, "0.9", value: Self.seconds(latency.p90)),
            Metric(.predictionDuration, "0.99", value: Self.seconds(latency.p99)),
            Metric(.predictionDuration, "1", value: Self.seconds(latency.max)),
            Metric(.instructions, value: instructions),
            Metric(.recordsLost, value: lost),
        ] + deadLetters.map { Metric(.deadLetters, $0.rawValue, value: $1) }
    }

    private static func seconds(_ nanoseconds: MetricValue) -> MetricValue {
        if case .value(let number) = nanoseconds { .value(number / 1e9) } else { nanoseconds }
    }
}

extension Duration {
    /// Seconds with their fraction.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
