/// How streams become one.
public enum Reduction: String, Sendable {
    /// Their sum.
    case sum
    /// Their product.
    case product
    /// The greatest of each element.
    case maximum
    /// All channels, one stream's after the other's.
    case concatenation
}
