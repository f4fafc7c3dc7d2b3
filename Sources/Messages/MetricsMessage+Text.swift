extension MetricsMessage {
    /// The metrics for people: a line for each, such as `weir_kappa{window="cumulative"} 0.5`, or
    /// `weir_unknown_threshold absent: off`.
    public var text: [String] { metrics.map(\.description) }
}
