/// What became of a sample.
public struct Outcome: Sendable, Equatable {
    /// What a sample was used for.
    public enum Use: String, Sendable {
        /// It had no label.
        case predicted
        /// It was learned.
        case learned
        /// It was kept to measure forgetting.
        case heldOut
    }

    /// The answer given before the sample was learned.
    public let answer: Answer
    /// What the sample was used for.
    public let use: Use

    /// An outcome.
    public init(answer: Answer, use: Use) {
        self.answer = answer
        self.use = use
    }
}
