/// What a learner says of one sample.
public struct Answer: Sendable, Equatable {
    /// The likeliest classes, best first; empty before anything was learned.
    public let ranked: [RankedClass]
    /// Whether the probabilities come from weights that were fitted to outcomes.
    public let isCalibrated: Bool
    /// How many standard deviations the best scores lie below those of known samples; nil before that is known.
    public let distance: Float?
    /// Whether the answer is withheld, since the sample is too far from what is known.
    public let isUnknown: Bool
    /// The class that each expert would name, in the order of the configuration; empty where one rule answers alone.
    public let opinions: [Int?]
    /// What the probability of the best class would be without the fitted weights.
    public let uncalibrated: Float

    /// A class with its share of the belief.
    public struct RankedClass: Sendable, Equatable {
        /// The class.
        public let index: Int
        /// Between 0 and 1; all classes add up to 1.
        public let probability: Float
    }

    /// An answer with these classes, best first.
    init(
        ranked: [RankedClass], isCalibrated: Bool = false, distance: Float? = nil, isUnknown: Bool = false,
        opinions: [Int?] = [], uncalibrated: Float = 0
    ) {
        self.ranked = ranked
        self.isCalibrated = isCalibrated
        self.distance = distance
        self.isUnknown = isUnknown
        self.opinions = opinions
        self.uncalibrated = uncalibrated
    }

    /// The answer before anything was learned.
    public static let nothing = Answer(ranked: [])

    /// The likeliest class, withheld or not; nil before anything was learned.
    public var candidate: RankedClass? { ranked.first }

    /// The class that is answered; nil when nothing was learned or the answer is withheld.
    public var best: RankedClass? { isUnknown ? nil : ranked.first }
}
