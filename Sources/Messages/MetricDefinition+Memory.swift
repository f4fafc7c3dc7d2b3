/// What was learned, and who answers.
extension MetricDefinition {
    static let ofMemory = [
        classes, codebookUsage, codebookPerplexity, exemplars, solutionNumber, expertWeight, expertAccuracy,
        memory,
    ]

    package static let classes = MetricDefinition(
        name: "weir_classes", kind: .gauge, unit: "classes",
        help: "classes that were learned, or that the network has")

    package static let codebookUsage = MetricDefinition(
        name: "weir_codebook_usage_ratio", kind: .gauge, unit: "ratio",
        help: "keys that something was learned at")

    package static let codebookPerplexity = MetricDefinition(
        name: "weir_codebook_perplexity", kind: .gauge, unit: "keys",
        help: "the number of keys of a codebook that are in effect used, the mean over codebooks",
        absence: "`nothing_learned`")

    package static let exemplars = MetricDefinition(
        name: "weir_exemplars", kind: .gauge, unit: "samples",
        help:
            "samples that are kept, some of every class: prototypes point to them, and weights are fitted on them"
    )

    package static let solutionNumber = MetricDefinition(
        name: "weir_solution_number", kind: .gauge,
        help: "how often the experts, their weights and the calibration were solved for anew")

    package static let expertWeight = MetricDefinition(
        name: "weir_expert_weight_ratio", kind: .gauge, unit: "ratio", labels: ["expert"],
        help: "an expert's share of the say; all add up to 1")

    package static let expertAccuracy = MetricDefinition(
        name: "weir_expert_accuracy_ratio", kind: .gauge, unit: "ratio", labels: ["expert"],
        help: "the accuracy of an expert by itself on the last labelled samples", absence: "`no_labels_yet`")

    package static let memory = MetricDefinition(
        name: "weir_memory_bytes", kind: .gauge, unit: "bytes", labels: ["part"],
        help: "what is held. `part`: `sessions` what the network remembers of them")
}
