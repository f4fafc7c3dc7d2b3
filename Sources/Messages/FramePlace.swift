/// Which frame a prediction answers.
public struct FramePlace: Equatable, Sendable {
    /// The name of the session.
    public var session: String
    /// The frame's number in the session.
    public var sequence: Int64
    /// Whether the network has not seen as many frames yet as an output depends on, since the session began or was
    /// begun anew: the answer rests on fewer than it could.
    public var isWarming: Bool

    /// The place of a frame.
    ///
    /// - Parameters:
    ///   - session: The name of the session.
    ///   - sequence: The frame's number in the session.
    ///   - isWarming: Whether fewer frames were seen than an output depends on.
    public init(session: String, sequence: Int64, isWarming: Bool) {
        self.session = session
        self.sequence = sequence
        self.isWarming = isWarming
    }
}
