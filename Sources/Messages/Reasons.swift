/// Why an answer is what it is: of an answer that is withheld, why ``Prediction/candidate`` is.
public struct Reasons: Equatable, Sendable {
    /// The log-probability (natural logarithm) of the first answer minus that of the second, or nil when there is
    /// one class only.
    public var margin: Float?
    /// The second most likely class, or nil when there is one class only.
    public var second: String?
    /// Learned samples that are like this one, nearest first.
    public var prototypes: [PrototypeReason]
    /// Codebooks that speak for the answer, strongest first.
    public var codebooksFor: [CodebookReason]
    /// Codebooks that speak against the answer, strongest first.
    public var codebooksAgainst: [CodebookReason]
    /// What each expert says by itself.
    public var experts: [ExpertView]

    /// Reasons.
    ///
    /// - Parameters:
    ///   - margin: The log-probability of the first answer minus that of the second, or nil.
    ///   - second: The second most likely class, or nil.
    ///   - prototypes: Learned samples that are like this one, nearest first.
    ///   - codebooksFor: Codebooks that speak for the answer, strongest first.
    ///   - codebooksAgainst: Codebooks that speak against the answer, strongest first.
    ///   - experts: What each expert says by itself.
    public init(
        margin: Float?, second: String?, prototypes: [PrototypeReason], codebooksFor: [CodebookReason],
        codebooksAgainst: [CodebookReason], experts: [ExpertView]
    ) {
        self.margin = margin
        self.second = second
        self.prototypes = prototypes
        self.codebooksFor = codebooksFor
        self.codebooksAgainst = codebooksAgainst
        self.experts = experts
    }
}
