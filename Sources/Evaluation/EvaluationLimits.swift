/// The bounds of what the evaluation holds.
///
/// Class indices and weights reach it checked: the one who maps labels to indices and reads weights from
/// records enforces these limits with an error, so that here they are broken invariants.
public enum EvaluationLimits {
    /// How many classes there can be; an index is `0..<classes`.
    public static let classes = 1 << 20
    /// The largest weight of one sample: keeps 10^12 samples far from the end of an `Int`.
    public static let weight = 1_000_000
    /// The longest window, in labelled samples.
    public static let window = 1_000_000
}
