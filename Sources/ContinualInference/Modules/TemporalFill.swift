/// What a convolution's padding in time stands for.
public enum TemporalFill: String, Sendable {
    /// Zeros, as in an ordinary convolution.
    case zeros
    /// The first frame before the first, the last after the last.
    case replicate
}
