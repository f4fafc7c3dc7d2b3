/// What a metric is: the same in every message, page and scrape.
public struct MetricDefinition: Hashable, Sendable {
    /// How a metric moves.
    public enum Kind: String, CaseIterable, Sendable {
        /// It goes up and down.
        case gauge
        /// It counts up, and begins anew at 0.
        case counter
    }

    /// The name: `weir_`, then small letters, digits and underscores.
    public let name: String
    /// How it moves.
    public let kind: Kind
    /// What is counted, such as `seconds` or `records`; empty for a number without a unit.
    public let unit: String
    /// The names of the labels that tell its values apart; empty where there is one value.
    public let labels: [String]
    /// What it says, in Markdown.
    public let help: String
    /// When it has no value, in Markdown; empty where it always has one.
    public let absence: String

    /// A metric.
    ///
    /// - Parameters:
    ///   - name: `weir_`, then small letters, digits and underscores. It ends with `_total` if it counts.
    ///   - kind: How it moves.
    ///   - unit: What is counted, or nothing.
    ///   - labels: Small letters, digits and underscores, a letter first.
    ///   - help: What it says, in Markdown.
    ///   - absence: When it has no value, in Markdown.
    public init(
        name: String, kind: Kind, unit: String = "", labels: [String] = [], help: String = "",
        absence: String = ""
    ) {
        self.name = name
        self.kind = kind
        self.unit = unit
        self.labels = labels
        self.help = help
        self.absence = absence
    }
}
