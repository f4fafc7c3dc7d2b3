import Experts
import Memory

/// Room that answers need, kept from sample to sample. It holds nothing that an answer depends on.
struct AnswerRoom: Sendable {
    /// A score for each class.
    var scores: [Float] = []
    /// A score for each class before calibration.
    var uncalibrated: [Float] = []
    /// The codes that the counts are asked with.
    var codes: [UInt16] = []
    /// What the experts need.
    var ensemble: Ensemble.Room?
}
