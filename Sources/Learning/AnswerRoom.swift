import Experts

/// Room that answers need, to be kept from sample to sample by whoever asks often. It holds nothing that an answer
/// depends on, and serves any learner.
public struct AnswerRoom: Sendable {
    /// A score for each class.
    var scores: [Float] = []
    /// A score for each class before calibration.
    var uncalibrated: [Float] = []
    /// The codes that the counts are asked with.
    var codes: [UInt16] = []
    /// What the experts need.
    var ensemble: Ensemble.Room?

    /// No room yet; the first answer makes it.
    public init() {}
}
