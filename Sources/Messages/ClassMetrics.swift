/// What is known of one class. Ratios are 0 to 1; nil where nothing was measured yet.
public struct ClassMetrics: Equatable, Sendable {
    /// Labelled records of the class.
    public var n: Int
    /// Recall in the window.
    public var recall: Double?
    /// The best held-out recall so far.
    public var peak: Double?
    /// The held-out recall now.
    public var now: Double?
    /// How much was lost since the peak; below 0 where the class improved.
    public var forgetting: Double?
    /// Held-out samples of the class.
    public var holdoutItems: Int

    /// Metrics of one class.
    ///
    /// - Parameters:
    ///   - n: Labelled records of the class.
    ///   - recall: Recall in the window.
    ///   - peak: The best held-out recall so far.
    ///   - now: The held-out recall now.
    ///   - forgetting: How much was lost since the peak.
    ///   - holdoutItems: Held-out samples of the class.
    public init(
        n: Int, recall: Double?, peak: Double?, now: Double?, forgetting: Double?, holdoutItems: Int
    ) {
        self.n = n
        self.recall = recall
        self.peak = peak
        self.now = now
        self.forgetting = forgetting
        self.holdoutItems = holdoutItems
    }
}
