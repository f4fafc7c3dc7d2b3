/// What a convolution's padding in space stands for.
public enum PaddingMode: String, Sendable {
    /// Zeros.
    case zeros
    /// The nearest position.
    case replicate
}
