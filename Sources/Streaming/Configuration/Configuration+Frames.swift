import ContinualInference

extension Configuration {
    /// A stream of frames instead of samples: each record is a frame of a session, or several, and a continual
    /// inference network is stepped through each session. Without ``weights`` the stream is one of samples.
    public struct Frames: Sendable, Codable, Equatable {
        /// The safetensors file of the network, whose metadata says which model it is; empty for no frames.
        public var weights = ""
        /// What the network's outputs are.
        public var answers = Answers.network
        /// What stands in for frames that are missing.
        public var gaps = Gaps.zeros
        /// The most missing frames that are filled; a larger gap begins the session anew.
        public var gapFrames = 100
        /// A session is let go when the stream's time, the latest timestamp of a record, is so many seconds past its
        /// last frame; 0 for never.
        public var idleSeconds = 300.0
        /// The most sessions at once; for a further one that used least recently is let go.
        public var sessions = 10_000
        /// The most bytes of all sessions' states, which may allow fewer than ``sessions``.
        public var stateBytes = 1 << 30
        /// How long frames may wait for those of other sessions, to be stepped together.
        public var latencyMilliseconds = 5.0
    }

    /// What the outputs of the network are.
    public enum Answers: String, Sendable, Codable, CaseIterable {
        /// The scores of its classes: the softmax of them is the answer.
        case network
        /// Without its last layer the network is a frozen encoder; the memory learns and answers from its features.
        case memory
    }

    /// What stands in for frames that are missing.
    public enum Gaps: String, Sendable, Codable, CaseIterable {
        /// Frames of zeros.
        case zeros
        /// The last frame again.
        case `repeat`
        /// Nothing: the session begins anew.
        case reset
    }

    /// Whether the stream is one of frames.
    public var hasFrames: Bool { !frames.weights.isEmpty }

    /// The topic that is read.
    public var inputTopic: String { hasFrames ? topics.frames : topics.samples }

    /// The setting that names ``inputTopic``.
    var inputTopicSetting: String { hasFrames ? "topics.frames" : "topics.samples" }

    /// Checks the settings of frames.
    func checkFrames() throws {
        try Self.check("frames.gapFrames", frames.gapFrames, 0...100_000)
        try Self.check("frames.idleSeconds", frames.idleSeconds, 0...31_536_000)
        try Self.check("frames.sessions", frames.sessions, 1...1_000_000)
        try Self.check("frames.stateBytes", frames.stateBytes, 1...(1 << 40))
        try Self.check("frames.latencyMilliseconds", frames.latencyMilliseconds, 0...1_000)
    }

    /// The most sessions of a network that there are at once, by their number and by the bytes of their states.
    ///
    /// - Throws: ``ConfigurationError`` when not even one fits.
    public func sessionLimit(of plan: Plan) throws -> Int {
        // With `repeat` the last frame is kept beside the state.
        let bytes = plan.stateBytes + (frames.gaps == .repeat ? plan.inputShape.count * 4 : 0)
        let room = bytes > 0 ? frames.stateBytes / bytes : frames.sessions
        guard room > 0 else {
            throw ConfigurationError(
                "frames.stateBytes must be at least \(bytes), which one session of \(plan.name) takes",
                setting: "frames.stateBytes")
        }
        return min(frames.sessions, room)
    }

    /// What the sessions of a network go by.
    ///
    /// - Throws: ``ConfigurationError`` when not even one fits.
    func sessionPolicy(for plan: Plan) throws -> SessionTable.Policy {
        var policy = SessionTable.Policy()
        policy.fillsGaps = frames.gaps != .reset
        policy.gapFrames = frames.gapFrames
        policy.idleMilliseconds = Int64(frames.idleSeconds * 1_000)
        policy.capacity = try sessionLimit(of: plan)
        return policy
    }
}
