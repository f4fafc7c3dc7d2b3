/// What all held-out items say, as of the last evaluation.
///
/// A peak is the highest of several noisy measures, so forgetting is biased upwards: with 20 items a class
/// about one to two points are measured where nothing was lost. Alert above that, not above 0. ``flips`` has no
/// such bias.
public struct HoldOutReport: Codable, Sendable, Equatable {
    /// The position of the stream at the last evaluation, in labelled samples; nil before the first.
    public let evaluatedAt: Int?
    /// The items held out, evaluated or not.
    public let items: Int
    /// Macro recall: the mean over classes of the accuracy on their items.
    public let balancedAccuracy: HoldOutEstimate
    /// The accuracy over all items.
    public let accuracy: HoldOutEstimate
    /// Peak minus now: the mean over a class's generations with enough items, then over classes.
    public let forgetting: HoldOutEstimate
    /// The same over classes at rest only: a class that is still learned dilutes forgetting.
    public let forgettingAtRest: HoldOutEstimate
    /// Backward transfer: now minus the first evaluation with enough items, meaned like forgetting.
    public let bwt: HoldOutEstimate
    /// How many items went from right to wrong between two evaluations, since the start.
    public let flips: Int
    /// How many items went from right to wrong at the last evaluation.
    public let lastFlips: Int
    /// One row for each class that was seen, by index.
    public let classes: [HoldOutClassReport]
}
