import Messages

/// An answer as it goes out, without the record that it answers.
package struct Reply: Sendable {
    /// The model's revision when it answered.
    package var revision: Int
    /// Traces learned before the answer.
    package var tracesLearned: Int
    /// The likeliest classes, best first.
    package var ranked: [LabelScore]
    /// The class that is answered; nil when there is none, or it is withheld.
    package var label: String?
    package var confidence: Float
    package var isCalibrated = false
    /// The class that is withheld.
    package var candidate: String?
    package var distance: Float?
    package var isHoldout = false
    package var codes: [Int]?
    package var reasons: Reasons?

    /// What it says.
    package var outcome: Prediction.Outcome { Prediction.Outcome(label: label, candidate: candidate) }
}
