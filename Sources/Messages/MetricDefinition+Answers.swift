/// How good the answers are.
extension MetricDefinition {
    static let ofAnswers = [
        accuracy, balancedAccuracy, kappaTemporal, kappa, kappaMajority, abstainRatio,
        holdOutBalancedAccuracy, holdOutBalancedAccuracyHalfWidth, holdOutAccuracy, holdOutItems,
        holdOutFlips, forgetting, forgettingHalfWidth, backwardTransfer, calibrationError, unknownRatio,
        unknownThreshold,
    ]

    // MARK: While learning

    package static let accuracy = MetricDefinition(
        name: "weir_accuracy_ratio", kind: .gauge, unit: "ratio", labels: ["window"],
        help: """
            labelled samples answered right, each before it was learned. `window`: `cumulative` since the stream began, \
            `window` over the last `evaluation.window`. Where one class comes after another it says nothing by itself
            """,
        absence: "`no_labels_yet`")

    package static let balancedAccuracy = MetricDefinition(
        name: "weir_balanced_accuracy_ratio", kind: .gauge, unit: "ratio", labels: ["window"],
        help: "the same as the mean over the classes that occurred", absence: "`no_labels_yet`")

    package static let kappaTemporal = MetricDefinition(
        name: "weir_kappa_temporal", kind: .gauge, labels: ["window"],
        help: """
            how much better than repeating the last label: 0 is no better, 1 is never wrong. Far below 0 where labels \
            come in runs
            """,
        absence: "`no_labels_yet`, `fewer_than_two_classes`")

    package static let kappa = MetricDefinition(
        name: "weir_kappa", kind: .gauge, labels: ["window"],
        help: "how much better than chance (Cohen's kappa)",
        absence: "`no_labels_yet`, `fewer_than_two_classes`")

    package static let kappaMajority = MetricDefinition(
        name: "weir_kappa_majority", kind: .gauge, labels: ["window"],
        help: "how much better than always answering the class that was seen most",
        absence: "`no_labels_yet`, `fewer_than_two_classes`")

    package static let abstainRatio = MetricDefinition(
        name: "weir_abstain_ratio", kind: .gauge, unit: "ratio", labels: ["window"],
        help: "labelled samples that got no answer; each counts as wrong", absence: "`no_labels_yet`")

    // MARK: On samples that are never learned

    package static let holdOutBalancedAccuracy = MetricDefinition(
        name: "weir_holdout_balanced_accuracy_ratio", kind: .gauge, unit: "ratio",
        help: "the mean over classes of the accuracy on samples that are held out and never learned",
        absence: "`no_held_out_items`, `not_evaluated_yet`")

    package static let holdOutBalancedAccuracyHalfWidth = MetricDefinition(
        name: "weir_holdout_balanced_accuracy_half_width_ratio", kind: .gauge, unit: "ratio",
        help: "half the width of the 95 % interval around it",
        absence: "`no_held_out_items`, `not_evaluated_yet`")

    package static let holdOutAccuracy = MetricDefinition(
        name: "weir_holdout_accuracy_ratio", kind: .gauge, unit: "ratio",
        help: "the accuracy on all samples that are held out",
        absence: "`no_held_out_items`, `not_evaluated_yet`")

    package static let holdOutItems = MetricDefinition(
        name: "weir_holdout_items", kind: .gauge, unit: "items", help: "samples that are held out")

    package static let holdOutFlips = MetricDefinition(
        name: "weir_holdout_flips_total", kind: .counter, unit: "items",
        help: "held-out samples that went from right to wrong between two evaluations, since the stream began"
    )

    package static let forgetting = MetricDefinition(
        name: "weir_forgetting_ratio", kind: .gauge, unit: "ratio", labels: ["definition"],
        help: """
            how much of its best recall on held-out samples a class has lost, on average. `definition`: \
            `peak_minus_now` over all classes, `at_rest` over those that were not learned lately. A peak is the \
            highest of several noisy measures: alarm above a point or two, not above 0
            """,
        absence:
            "`no_held_out_items`, `not_evaluated_yet`, `no_peak_yet`, `too_few_items`, `no_class_at_rest`")

    package static let forgettingHalfWidth = MetricDefinition(
        name: "weir_forgetting_half_width_ratio", kind: .gauge, unit: "ratio", labels: ["definition"],
        help: "half the width of the 95 % interval around it", absence: "as `weir_forgetting_ratio`")

    package static let backwardTransfer = MetricDefinition(
        name: "weir_backward_transfer_ratio", kind: .gauge, unit: "ratio", labels: ["definition"],
        help: """
            how much recall on held-out samples a class has gained since it was first measured, on average. \
            `definition`: `first_to_now`
            """,
        absence: "as `weir_forgetting_ratio`")

    // MARK: Confidence

    package static let calibrationError = MetricDefinition(
        name: "weir_calibration_error_ratio", kind: .gauge, unit: "ratio", labels: ["stage"],
        help: """
            expected calibration error of the confidence over the last labelled samples: the mean distance between \
            confidence and accuracy, in 15 bins of equal width. `stage`: `fitted` as it is published, `raw` before \
            calibration
            """,
        absence: "`too_few`: below 200 samples")

    package static let unknownRatio = MetricDefinition(
        name: "weir_unknown_ratio", kind: .gauge, unit: "ratio",
        help: "the last labelled samples whose answer was withheld as unknown", absence: "`no_labels_yet`")

    package static let unknownThreshold = MetricDefinition(
        name: "weir_unknown_threshold", kind: .gauge,
        help: "the `distance` above which an answer is withheld", absence: "`off`, `not_known_yet`")
}
