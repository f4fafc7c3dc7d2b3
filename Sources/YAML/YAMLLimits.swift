/// How much a YAML text may hold. What is larger is refused before it costs time or memory.
public struct YAMLLimits: Sendable, Equatable {
    /// The most bytes.
    public var bytes = 1 << 20
    /// The most lists and sections within each other.
    public var levels = 32
    /// The most scalars, lists and sections; names do not count.
    public var values = 20_000

    /// 1 MiB, 32 levels, 20,000 values.
    public init() {}
}
