/// The metrics of a stream at one moment, as they go to the metrics topic.
public struct MetricsMessage: Equatable, Sendable {
    /// The reason in ``absent`` for a metric that is NaN or infinite, when no other is given.
    public static let notFinite = "not_finite"

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
    /// The metrics by name; nil, NaN and infinities are written as `null`, and ``absent`` says why.
    public var metrics: [String: Double?]
    /// Metrics by class.
    public var perClass: [String: ClassMetrics]
    /// Reason codes by the name of a metric that has no value.
    public var absent: [String: String]
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
    ///   - metrics: The metrics by name, nil where there is none.
    ///   - perClass: Metrics by class.
    ///   - absent: Reason codes by the name of a metric that has no value.
    ///   - timestampMilliseconds: When it was measured, since 1970.
    ///   - isFinal: Whether no further message follows.
    public init(
        stream: String, model: ModelReference, window: MetricsWindow, recordCount: Int, labelledCount: Int,
        metrics: [String: Double?], perClass: [String: ClassMetrics], absent: [String: String] = [:],
        timestampMilliseconds: Int64, isFinal: Bool = false
    ) {
        self.stream = stream
        self.model = model
        self.window = window
        self.recordCount = recordCount
        self.labelledCount = labelledCount
        self.metrics = metrics
        self.perClass = perClass
        self.absent = absent
        self.timestampMilliseconds = timestampMilliseconds
        self.isFinal = isFinal
    }
}
