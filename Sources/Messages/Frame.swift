/// One frame of a session, or several consecutive ones, as one record brings them.
///
/// A value of this type that came out of ``FrameDecoder`` is sound: session and label are non-empty text without
/// control characters, the values are finite and whole frames, the numbers are in ``sequences``.
public struct Frame: Equatable, Sendable {
    /// The numbers a frame may have.
    public static let sequences: ClosedRange<Int64> = 0...(1 << 53)

    /// The name of the session.
    public var session: String
    /// The number of the first frame. What it is does not matter when there are no values.
    public var sequence: Int64
    /// The values, [count][values of a frame]; none only when ``isEnd``.
    public var values: [Float]
    /// How many frames there are.
    public var count: Int
    /// The class of every frame that is answered, or nil when it is not known.
    public var label: String?
    /// What the evaluation does with them.
    public var role: SampleRole
    /// Whether the predictions shall give their reasons.
    public var wantsReasons: Bool
    /// Whether the session ends after these frames.
    public var isEnd: Bool
    /// Whether the last frame alone is answered.
    public var answersLastOnly: Bool

    /// Frames of a session.
    ///
    /// - Parameters:
    ///   - session: The name of the session.
    ///   - sequence: The number of the first frame, in ``sequences``.
    ///   - values: The values, frame after frame.
    ///   - count: How many frames there are.
    ///   - label: The class of every frame that is answered, or nil when it is not known.
    ///   - role: What the evaluation does with them.
    ///   - wantsReasons: Whether the predictions shall give their reasons.
    ///   - isEnd: Whether the session ends after these frames.
    ///   - answersLastOnly: Whether the last frame alone is answered.
    public init(
        session: String, sequence: Int64, values: [Float], count: Int = 1, label: String? = nil,
        role: SampleRole = .auto, wantsReasons: Bool = false, isEnd: Bool = false,
        answersLastOnly: Bool = false
    ) {
        self.session = session
        self.sequence = sequence
        self.values = values
        self.count = values.isEmpty ? 0 : count
        self.label = label
        self.role = role
        self.wantsReasons = wantsReasons
        self.isEnd = isEnd
        self.answersLastOnly = answersLastOnly
    }
}
