/// The service at work. Counters are of this run.
extension MetricDefinition {
    static let ofService = [
        inputRecords, inputRate, inputLag, samplesWaiting, recordsLost, predictions, predictionDuration,
        deadLetters, instructions, snapshotLastSuccess,
    ]

    package static let inputRecords = MetricDefinition(
        name: "weir_input_records_total", kind: .counter, unit: "records", labels: ["topic", "result"],
        help: """
            records that were gone through, in this run. `result`: `answered` (an instruction: followed), `silent` \
            if that was done before this run and is only learned again, `dead_lettered` if it could not be used
            """)

    package static let inputRate = MetricDefinition(
        name: "weir_input_records_per_second", kind: .gauge, unit: "records",
        help: "records that were gone through, a second, since the message before")

    package static let inputLag = MetricDefinition(
        name: "weir_input_lag_records", kind: .gauge, unit: "records", labels: ["topic", "partition"],
        help: """
            records that are in the topic and were not gone through, by partition; above 64 partitions their sum, as \
            `all`
            """,
        absence: "`not_known_yet`")

    package static let samplesWaiting = MetricDefinition(
        name: "weir_samples_waiting_for_keys", kind: .gauge, unit: "samples",
        help: "samples that are kept until there are enough to make keys from (`keys.samples`)")

    package static let recordsLost = MetricDefinition(
        name: "weir_records_lost_total", kind: .counter, unit: "records",
        help: "records that the topic deleted before they could be read, in this run")

    package static let predictions = MetricDefinition(
        name: "weir_predictions_total", kind: .counter, unit: "predictions", labels: ["outcome"],
        help: """
            predictions that were sent, in this run. `outcome`: `answered`, withheld as `unknown`, or \
            `nothing_learned` when there was no class yet
            """)

    package static let predictionDuration = MetricDefinition(
        name: "weir_prediction_duration_quantile_seconds", kind: .gauge, unit: "seconds",
        labels: ["quantile"],
        help: """
            from the batch of the record being there to its prediction being ready, since the message before. \
            `quantile`: 0.5, 0.9, 0.99, and 1 for the longest
            """,
        absence: "`no_records_yet`")

    package static let deadLetters = MetricDefinition(
        name: "weir_dead_letters_total", kind: .counter, unit: "records", labels: ["code"],
        help: "records that were refused, in this run, by `weir_error_code`; only codes that occurred")

    package static let instructions = MetricDefinition(
        name: "weir_instructions_total", kind: .counter, unit: "records",
        help: "instructions that changed what was learned, in this run")

    package static let snapshotLastSuccess = MetricDefinition(
        name: "weir_snapshot_last_success_timestamp_seconds", kind: .gauge, unit: "seconds",
        help: "when a snapshot was last written in this run, since 1970", absence: "`no_snapshot_yet`")
}
