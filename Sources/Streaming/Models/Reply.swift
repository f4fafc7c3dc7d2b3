import Messages

/// An answer as it goes out, without the record that it answers.
struct Reply: Sendable {
    /// What an answer says.
    enum Outcome: String, CaseIterable {
        case answered, unknown
        case nothingLearned = "nothing_learned"
    }

    /// Traces learned before the answer.
    var version: Int
    /// The likeliest classes, best first.
    var ranked: [LabelScore]
    /// The class that is answered; nil when there is none, or it is withheld.
    var label: String?
    var confidence: Float
    var isCalibrated = false
    /// The class that is withheld.
    var candidate: String?
    var distance: Float?
    var isHoldout = false
    var codes: [Int]?
    var reasons: Reasons?

    /// What it says.
    var outcome: Outcome { label != nil ? .answered : candidate != nil ? .unknown : .nothingLearned }
}
