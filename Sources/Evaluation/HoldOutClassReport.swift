/// What the held-out items of one class say.
public struct HoldOutClassReport: Codable, Sendable, Equatable {
    /// The index of the class.
    public let classIndex: Int
    /// Labelled samples of the class seen, learned and held out.
    public let labelled: Int
    /// The items that were evaluated.
    public let items: Int
    /// The generations kept.
    public let generations: Int
    /// Whether its last learned sample was older than ``HoldOutSettings/restAfter`` at the last evaluation.
    public let isAtRest: Bool
    /// The accuracy over all its items.
    public let recall: MetricValue
    /// The mean over its generations, of those with enough items, of the highest accuracy.
    public let peak: MetricValue
    /// The mean over the same generations of the last accuracy.
    public let now: MetricValue
    /// ``peak`` - ``now``.
    public let forgetting: MetricValue
}
