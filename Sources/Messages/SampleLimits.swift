/// How large the parts of a sample may be. Lengths are in bytes of UTF-8.
public struct SampleLimits: Equatable, Sendable {
    /// Largest value of a record, bytes.
    public var payloadBytes: Int
    /// Longest id, bytes.
    public var idBytes: Int
    /// Longest label, bytes.
    public var labelBytes: Int

    /// Limits, each at least 1.
    ///
    /// - Parameters:
    ///   - payloadBytes: Largest value of a record: 1 MiB, Kafka's own default.
    ///   - idBytes: Longest id.
    ///   - labelBytes: Longest label.
    public init(payloadBytes: Int = 1 << 20, idBytes: Int = 256, labelBytes: Int = 256) {
        precondition(payloadBytes > 0 && idBytes > 0 && labelBytes > 0, "limits are at least 1")
        self.payloadBytes = payloadBytes
        self.idBytes = idBytes
        self.labelBytes = labelBytes
    }
}
