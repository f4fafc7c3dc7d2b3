import Evaluation
import Foundation
import Kafka
import Learning
import Messages

extension StreamService {
    /// Above so many partitions the lag is given as their sum.
    private static let partitionsListed = 64

    /// Publishes what is known now. Hold-outs are asked anew, on a copy: publishing changes nothing.
    func publishMetrics(isFinal: Bool) throws {
        let message = metrics(isFinal: isFinal)
        var bytes: [UInt8] = []
        message.encodeJSON(into: &bytes)
        let ticket = ledger.open()
        ledger.expect(1)
        try producer.send(
            topic: configuration.topics.metrics,
            key: Array("\(configuration.stream)/\(model.id)/stream".utf8),
            value: bytes, headers: [Header(name: "content-type", text: "application/json")],
            ticket: ticket)
        ledger.close(positions: [:])
        onReport(message)
    }

    private func metrics(isFinal: Bool) -> MetricsMessage {
        let now = Date().timeIntervalSince1970
        let report = learner?.freshHoldOutReport()
        var metrics = prequentialMetrics() + statistics.takeMetrics(topic: configuration.inputTopic)
        metrics += lagMetrics()
        metrics += [
            Metric(.samplesWaiting, value: heldCount),
            Metric(.snapshotLastSuccess, value: snapshots.age.map { now - $0 }, orAbsent: .noSnapshotYet),
        ]
        if let report { metrics += holdOutMetrics(report) }
        if let learner { metrics += learnerMetrics(learner) + expertMetrics(learner) }
        if let network { metrics.append(Metric(.classes, value: network.labels.count)) }
        if let frames { metrics += sessionMetrics(frames) }

        var model = model
        model.version = learner?.version ?? 0
        return MetricsMessage(
            stream: configuration.stream, model: model,
            window: MetricsWindow(kind: .last, n: configuration.evaluation.window),
            recordCount: learner?.samples ?? network?.kept.samples ?? 0,
            labelledCount: learner?.labelled ?? network?.kept.labelled ?? 0, metrics: metrics,
            perClass: perClass(report), timestampMilliseconds: Int64(now * 1_000), isFinal: isFinal)
    }

    /// How good the answers were, each given before its sample was learned.
    private func prequentialMetrics() -> [Metric] {
        guard let prequential = learner?.prequential ?? network?.kept.prequential else { return [] }
        return [("cumulative", prequential.cumulative), ("window", prequential.windowed)].flatMap {
            window, totals in
            [
                Metric(.accuracy, window, value: totals.accuracy),
                Metric(.balancedAccuracy, window, value: totals.balancedAccuracy),
                Metric(.kappaTemporal, window, value: totals.kappaTemporal),
                Metric(.kappa, window, value: totals.kappa),
                Metric(.kappaMajority, window, value: totals.kappaMajority),
                Metric(.abstainRatio, window, value: totals.abstainRatio),
            ]
        }
    }

    /// What is remembered and what was forgotten.
    private func holdOutMetrics(_ report: HoldOutReport) -> [Metric] {
        [
            Metric(.holdOutBalancedAccuracy, value: report.balancedAccuracy.value),
            Metric(.holdOutBalancedAccuracyHalfWidth, value: report.balancedAccuracy.halfWidth95),
            Metric(.holdOutAccuracy, value: report.accuracy.value),
            Metric(.holdOutItems, value: report.items),
            Metric(.holdOutFlips, value: report.flips),
            Metric(.forgetting, "peak_minus_now", value: report.forgetting.value),
            Metric(.forgetting, "at_rest", value: report.forgettingAtRest.value),
            Metric(.forgettingHalfWidth, "peak_minus_now", value: report.forgetting.halfWidth95),
            Metric(.forgettingHalfWidth, "at_rest", value: report.forgettingAtRest.halfWidth95),
            Metric(.backwardTransfer, "first_to_now", value: report.bwt.value),
        ]
    }

    /// The same by class.
    private func perClass(_ report: HoldOutReport?) -> [String: ClassMetrics] {
        guard let report, let learner else { return [:] }
        var perClass: [String: ClassMetrics] = [:]
        for row in report.classes {
            perClass[learner.classes.labels[row.classIndex]] = ClassMetrics(
                n: row.labelled,
                recall: learner.prequential.windowed.recall(ofClass: row.classIndex).number,
                peak: row.peak.number, now: row.now.number, forgetting: row.forgetting.number,
                holdoutItems: row.items)
        }
        return perClass
    }

    /// What was learned, and how far confidences can be believed.
    private func learnerMetrics(_ learner: Learner) -> [Metric] {
        let usage = learner.memory.usage()
        return [
            Metric(.classes, value: learner.classes.count),
            Metric(.codebookUsage, value: .number(usage.usedRatio)),
            Metric(.codebookPerplexity, value: usage.perplexity, orAbsent: .nothingLearned),
            Metric(.calibrationError, "fitted", value: learner.calibration.error),
            Metric(.calibrationError, "raw", value: learner.calibration.uncalibratedError),
            Metric(.unknownRatio, value: learner.calibration.unknownRatio),
        ]
    }

    /// How the experts do.
    private func expertMetrics(_ learner: Learner) -> [Metric] {
        guard let ensemble = learner.ensemble else { return [] }
        let threshold = ensemble.solution.familiarity?.threshold
        return [
            Metric(
                .unknownThreshold, value: threshold.map(Double.init),
                orAbsent: ensemble.configuration.falseRejections > 0 ? .notKnownYet : .off),
            Metric(.solutionNumber, value: ensemble.solution.number),
            Metric(.exemplars, value: ensemble.exemplars.count),
        ]
            + ensemble.configuration.experts.enumerated().flatMap { number, expert in
                [
                    Metric(.expertWeight, expert.rawValue, value: .number(Double(ensemble.shares[number]))),
                    Metric(
                        .expertAccuracy, expert.rawValue,
                        value: learner.calibration.accuracy(ofExpert: number)),
                ]
            }
    }

    /// The sessions, and what became of the frames in this run of the service.
    private func sessionMetrics(_ frames: FrameStage) -> [Metric] {
        let counts = frames.table.counts
        return [
            Metric(.sessions, value: frames.table.count),
            Metric(.sessionsLimit, value: frames.table.policy.capacity),
            Metric(.memory, "sessions", value: frames.table.count * frames.model.plan.stateBytes),
            Metric(.sessionsBegun, value: counts.begun),
            Metric(.sessionsEnded, "end", value: counts.ended),
            Metric(.sessionsEnded, "idle", value: counts.idle),
            Metric(.sessionsEnded, "evicted", value: counts.evicted),
            Metric(.sessionsReset, value: counts.reset),
            Metric(.frames, "stepped", value: counts.stepped),
            Metric(.frames, "filled", value: counts.filled),
            Metric(.frames, "duplicate", value: counts.duplicate),
            Metric(.frames, "late", value: counts.late),
        ]
    }

    /// Records of each partition that are in the topic and not processed; without a value before librdkafka has told.
    private func lagMetrics() -> [Metric] {
        let topic = configuration.inputTopic
        var ends: [Int32: Int64] = [:]
        for state in consumer.statistics?.partitions ?? [] where state.topic == topic {
            ends[state.partition] = state.highWatermark
        }
        let lags = positions.map { partition, position in
            (partition, ends[partition].map { Double(max(0, $0 - position)) })
        }
        guard lags.count > Self.partitionsListed else {
            return lags.map { Metric(.inputLag, topic, "\($0)", value: $1, orAbsent: .notKnownYet) }
        }
        let known = lags.compactMap { $0.1 }
        let sum = known.count == lags.count ? known.reduce(0, +) : nil
        return [Metric(.inputLag, topic, "all", value: sum, orAbsent: .notKnownYet)]
    }
}
