import Evaluation
import Foundation
import Learning
import Messages

/// Counts and times of the running process. Not part of the state: they begin anew at each start.
struct ServiceStatistics {
    private(set) var latency = LatencyHistogram()
    private(set) var processed = 0
    private(set) var answered = 0
    private(set) var learned = 0
    private(set) var silent = 0
    private(set) var instructions = 0
    private(set) var deadLetters: [RejectionCode: Int] = [:]
    var lost = 0
    private var processedAtLast = 0
    private var last = ContinuousClock.now

    mutating func begin() { last = .now }

    mutating func processed(_ use: Outcome.Use, isSilent: Bool, took: Duration) {
        processed += 1
        if use == .learned { learned += 1 }
        if isSilent {
            silent += 1
        } else {
            answered += 1
            latency.record(nanoseconds: UInt64(max(0, took.microseconds)) * 1_000)
        }
    }

    /// Notes that an instruction changed what was learned.
    mutating func followed() {
        processed += 1
        instructions += 1
    }

    mutating func rejected(_ code: RejectionCode) { deadLetters[code, default: 0] += 1 }

    /// Records a second since the last call, and the latencies since then.
    mutating func takeInterval() -> (rate: Double, latency: LatencyHistogram) {
        let now = ContinuousClock.now
        let seconds = last.duration(to: now).seconds
        defer {
            last = now
            processedAtLast = processed
            latency = LatencyHistogram()
        }
        return (seconds > 0 ? Double(processed - processedAtLast) / seconds : 0, latency)
    }
}

extension Duration {
    /// Seconds with their fraction.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
