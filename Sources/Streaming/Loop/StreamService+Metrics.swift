import Evaluation
import Foundation
import Kafka
import Learning
import Messages

extension StreamService {
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
        var table = MetricsTable()
        let prequential = learner?.prequential ?? network?.kept.prequential
        for (suffix, totals) in [("", prequential?.cumulative), ("_window", prequential?.windowed)] {
            guard let totals else { continue }
            table.add("accuracy\(suffix)", totals.accuracy)
            table.add("kappa_temporal\(suffix)", totals.kappaTemporal)
            table.add("kappa\(suffix)", totals.kappa)
            table.add("kappa_majority\(suffix)", totals.kappaMajority)
            table.add("balanced_accuracy\(suffix)", totals.balancedAccuracy)
            table.add("abstain_ratio\(suffix)", totals.abstainRatio)
        }
        let perClass = learner.map { add($0, to: &table) } ?? [:]
        if let network { table.add("classes", Double(network.labels.count)) }
        if let frames { add(frames, to: &table) }

        let interval = statistics.takeInterval()
        table.add("records_per_second", interval.rate)
        for (name, value) in [
            ("latency_us_p50", interval.latency.p50), ("latency_us_p90", interval.latency.p90),
            ("latency_us_p99", interval.latency.p99), ("latency_us_max", interval.latency.max),
        ] {
            table.add(name, value.number.map { $0 / 1_000 }, orAbsent: value.reason?.rawValue ?? "")
        }
        let lags = lag()
        table.add("lag_records", lags.map { Double($0.values.reduce(0, +)) }, orAbsent: "not_known_yet")
        for (place, lag) in lags ?? [:] { table.add("lag_records_partition_\(place.partition)", Double(lag)) }
        table.add("samples_waiting_for_keys", Double(heldCount))
        table.add("dead_letters", Double(statistics.deadLetters.values.reduce(0, +)))
        for (code, count) in statistics.deadLetters {
            table.add("dead_letters_\(code.rawValue.lowercased())", Double(count))
        }
        table.add("records_answered", Double(statistics.answered))
        table.add("records_learned_silently", Double(statistics.silent))
        table.add("instructions_followed", Double(statistics.instructions))
        table.add("records_lost", Double(statistics.lost))
        table.add("snapshot_age_seconds", snapshots.age, orAbsent: "no_snapshot_yet")

        var model = model
        model.version = learner?.version ?? 0
        return MetricsMessage(
            stream: configuration.stream, model: model,
            window: MetricsWindow(kind: .last, n: configuration.evaluation.window),
            recordCount: learner?.samples ?? network?.kept.samples ?? 0,
            labelledCount: learner?.labelled ?? network?.kept.labelled ?? 0, metrics: table.values,
            perClass: perClass,
            absent: table.absent, timestampMilliseconds: Int64(Date().timeIntervalSince1970 * 1_000),
            isFinal: isFinal)
    }

    /// What is remembered and what was forgotten.
    ///
    /// - Returns: the same by class.
    private func add(_ learner: Learner, to table: inout MetricsTable) -> [String: ClassMetrics] {
        let report = learner.freshHoldOutReport()
        table.add("holdout_balanced_accuracy", report.balancedAccuracy.value)
        table.add("holdout_balanced_accuracy_half_width", report.balancedAccuracy.halfWidth95)
        table.add("holdout_accuracy", report.accuracy.value)
        table.add("forgetting_peak_minus_now", report.forgetting.value)
        table.add("forgetting_peak_minus_now_half_width", report.forgetting.halfWidth95)
        table.add("forgetting_peak_minus_now_at_rest", report.forgettingAtRest.value)
        table.add("bwt_first_to_now", report.bwt.value)
        table.add("holdout_items", Double(report.items))
        table.add("holdout_flips", Double(report.flips))

        addExperts(of: learner, to: &table)

        let usage = learner.memory.usage()
        table.add("codebook_usage_ratio", usage.usedRatio)
        table.add("codebook_perplexity", usage.perplexity, orAbsent: "nothing_learned")
        table.add("classes", Double(learner.classes.count))

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

    /// The sessions, and what became of the frames in this run of the service.
    private func add(_ frames: FrameStage, to table: inout MetricsTable) {
        let counts = frames.table.counts
        table.add("sessions_open", Double(frames.table.count))
        table.add("sessions_limit", Double(frames.table.policy.capacity))
        table.add("session_state_bytes", Double(frames.table.count * frames.model.plan.stateBytes))
        for (name, count) in [
            ("sessions_begun", counts.begun), ("sessions_ended", counts.ended),
            ("sessions_idle", counts.idle),
            ("sessions_evicted", counts.evicted), ("sessions_reset", counts.reset),
            ("frames_stepped", counts.stepped), ("frames_filled", counts.filled),
            ("frames_duplicate", counts.duplicate), ("frames_late", counts.late),
        ] {
            table.add(name, Double(count))
        }
    }

    /// How the experts do, and how far confidences can be believed.
    private func addExperts(of learner: Learner, to table: inout MetricsTable) {
        table.add("ece_window", learner.calibration.error)
        table.add("ece_uncalibrated_window", learner.calibration.uncalibratedError)
        table.add("unknown_ratio_window", learner.calibration.unknownRatio)
        guard let ensemble = learner.ensemble else { return }
        let threshold = ensemble.solution.familiarity?.threshold
        table.add(
            "unknown_threshold", threshold.map(Double.init),
            orAbsent: ensemble.configuration.falseRejections > 0 ? "not_known_yet" : "off")
        table.add("refreshes", Double(ensemble.solution.number))
        table.add("exemplars", Double(ensemble.exemplars.count))
        for (number, expert) in ensemble.configuration.experts.enumerated() {
            table.add("expert_weight_\(expert.rawValue)", Double(ensemble.shares[number]))
            table.add(
                "expert_accuracy_\(expert.rawValue)_window", learner.calibration.accuracy(ofExpert: number))
        }
    }

    /// Records of each partition that are in the topic and not processed; nil before librdkafka has told.
    private func lag() -> Offsets? {
        guard let statistics = consumer.statistics else { return nil }
        var lags: Offsets = [:]
        for (place, position) in positions {
            let state = statistics.partitions.first {
                $0.topic == place.topic && $0.partition == place.partition
            }
            guard let high = state?.highWatermark else { return nil }
            lags[place] = max(0, high - position)
        }
        return lags
    }
}

/// Metrics by name, and the reasons of those that have no value.
private struct MetricsTable {
    private(set) var values: [String: Double?] = [:]
    private(set) var absent: [String: String] = [:]

    mutating func add(_ name: String, _ value: MetricValue) {
        add(name, value.number, orAbsent: value.reason?.rawValue ?? "")
    }

    mutating func add(_ name: String, _ value: Double?, orAbsent reason: String = "") {
        values[name] = .some(value)
        if value == nil { absent[name] = reason }
    }
}
