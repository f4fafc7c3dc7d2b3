/// All metrics that Weir publishes, by subject. `docs/metrics.md` is made from this list.
public enum MetricCatalogue {
    /// Every metric, in the order of the page.
    public static let all =
        MetricDefinition.ofAnswers + MetricDefinition.ofMemory + MetricDefinition.ofSessions
        + MetricDefinition.ofService

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// The metrics that are a list in every message.
    static let labelled = all.filter { !$0.labels.isEmpty }

    /// The metric of a name; nil if there is none.
    public static func definition(named name: String) -> MetricDefinition? { byName[name] }
}
