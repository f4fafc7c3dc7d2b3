/// How large the parts of a sample or of a record of frames may be. Lengths are in bytes of UTF-8.
public struct SampleLimits: Equatable, Sendable {
    /// Largest value of a record, bytes.
    public var payloadBytes: Int
    /// Longest id of a sample, or name of a session, bytes.
    public var idBytes: Int
    /// Longest label, bytes.
    public var labelBytes: Int
    /// Most frames in one record.
    public var frames: Int

    /// Limits, each at least 1.
    ///
    /// - Parameters:
    ///   - payloadBytes: Largest value of a record: 1 MiB, Kafka's own default.
    ///   - idBytes: Longest id of a sample, or name of a session.
    ///   - labelBytes: Longest label.
    ///   - frames: Most frames in one record.
    public init(payloadBytes: Int = 1 << 20, idBytes: Int = 256, labelBytes: Int = 256, frames: Int = 1_024) {
        precondition(payloadBytes > 0 && idBytes > 0 && labelBytes > 0 && frames > 0, "limits are at least 1")
        self.payloadBytes = payloadBytes
        self.idBytes = idBytes
        self.labelBytes = labelBytes
        self.frames = frames
    }
}
