extension MetricCatalogue {
    /// The reference page `docs/metrics.md`, in Markdown.
    public static var page: String {
        let subjects = [
            ("Answers", MetricDefinition.ofAnswers), ("Memory", MetricDefinition.ofMemory),
            ("Sessions of a stream of frames", MetricDefinition.ofSessions),
            ("The service", MetricDefinition.ofService),
        ]
        return introduction
            + subjects.map { title, definitions in
                "\n## \(title)\n\n" + header + definitions.map(row).joined()
            }.joined()
    }

    private static let introduction = """
        # Metrics

        What stands in a record of the topic `weir.<stream>.metrics`, by name. `schemas/metrics.schema.json` is the form of
        the record; `weir tail metrics` shows it a metric a line.

        A metric without labels is a number. A metric with labels is a list of `{"labels": {…}, "value": …}`, in every
        message, and empty where there is nothing to list. Without a value the number is `null`: the reason stands in
        `reasons_absent`, by the metric's name, or in the item's own `reason_absent`. A value that came out as NaN or infinite
        is absent for `not_finite`. Names are sorted, items by the values of their labels.

        Units are base units, and ratios go from 0 to 1 (differences of two from -1). Counters begin anew with each run of
        the service, unless it is said that they count since the stream began. Names and labels are those that Prometheus
        uses.

        """

    private static let header = """
        | metric | kind | unit | labels | meaning | reasons why it is absent |
        |---|---|---|---|---|---|

        """

    private static func row(_ metric: MetricDefinition) -> String {
        let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
        let cells = [
            "`\(metric.name)`", metric.kind.rawValue, metric.unit, labels, metric.help, metric.absence,
        ]
        return cells.map { $0.isEmpty ? "| " : "| \($0) " }.joined() + "|\n"
    }
}
