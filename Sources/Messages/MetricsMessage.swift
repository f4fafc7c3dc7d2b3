/// The metrics of a stream at one moment, as they go to the metrics topic.
public struct MetricsMessage: Equatable, Sendable {
    /// The stream.
    public var stream: String
    /// The model that was measured.
    public var model: ModelReference
    /// Which records the windowed metrics speak of.
    public var window: MetricsWindow
    /// Records so far.
    public var recordCount: Int
    /// Records with a label so far.
    public var labelledCount: Int
    /// The metrics, by name and by the values of their labels.
    public let metrics: [Metric]
    /// Metrics by class.
    public var perClass: [String: ClassMetrics]
    /// When it was measured, milliseconds since 1970.
    public var timestampMilliseconds: Int64
    /// Whether the stream ended and no further message follows.
    public var isFinal: Bool

    /// Metrics at one moment.
    ///
    /// - Parameters:
    ///   - stream: The stream.
    ///   - model: The model that was measured.
    ///   - window: Which records the windowed metrics speak of.
    ///   - recordCount: Records so far.
    ///   - labelledCount: Records with a label so far.
    ///   - metrics: The metrics in any order, no two of one name and the same values of labels.
    ///   - perClass: Metrics by class.
    ///   - timestampMilliseconds: When it was measured, since 1970.
    ///   - isFinal: Whether no further message follows.
    public init(
        stream: String, model: ModelReference, window: MetricsWindow, recordCount: Int, labelledCount: Int,
        metrics: [Metric], perClass: [String: ClassMetrics], timestampMilliseconds: Int64,
        isFinal: Bool = false
    ) {
        self.stream = stream
        self.model = model
        self.window = window
        self.recordCount = recordCount
        self.labelledCount = labelledCount
        self.metrics = metrics.sorted { $0.precedes($1) }
        self.perClass = perClass
        self.timestampMilliseconds = timestampMilliseconds
        self.isFinal = isFinal
    }

    /// The number of a metric.
    ///
    /// - Parameters:
    ///   - definition: The metric.
    ///   - labels: The values of all its labels, in their order.
    /// - Returns: Nil if the message does not have it, or it has no value.
    public func number(_ definition: MetricDefinition, _ labels: String...) -> Double? {
        metric(definition, labels)?.number
    }

    /// Why a metric has no value.
    ///
    /// - Parameters:
    ///   - definition: The metric.
    ///   - labels: The values of all its labels, in their order.
    /// - Returns: Nil if the message does not have it, or it has a value.
    public func reason(_ definition: MetricDefinition, _ labels: String...) -> String? {
        metric(definition, labels)?.reason
    }

    /// The sum of a metric over all values of its labels.
    ///
    /// - Parameter definition: The metric.
    /// - Returns: Nil if one of them has no value; 0 if there are none.
    public func sum(_ definition: MetricDefinition) -> Double? {
        var sum = 0.0
        for metric in metrics where metric.definition == definition {
            guard let number = metric.number else { return nil }
            sum += number
        }
        return sum
    }

    private func metric(_ definition: MetricDefinition, _ labels: [String]) -> Metric? {
        metrics.first { $0.definition == definition && $0.labels == labels }
    }
}
