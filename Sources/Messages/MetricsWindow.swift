/// Which records a set of metrics speaks of.
public struct MetricsWindow: Equatable, Sendable {
    /// How records enter and leave the window.
    public enum Kind: String, CaseIterable, Sendable {
        /// The last `n` records.
        case last
        /// All records since the stream began.
        case cumulative
        /// All records, older ones weighing less.
        case fading
    }

    /// How records enter and leave.
    public var kind: Kind
    /// The size: of `last` its length, of `cumulative` the records so far, of `fading` the sum of the weights,
    /// rounded.
    public var n: Int

    /// A window.
    ///
    /// - Parameters:
    ///   - kind: How records enter and leave.
    ///   - n: The size in records.
    public init(kind: Kind, n: Int) {
        self.kind = kind
        self.n = n
    }
}
