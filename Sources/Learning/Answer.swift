/// What a learner says of one sample.
public struct Answer: Sendable, Equatable {
    /// The likeliest classes, best first; empty before anything was learned.
    public let ranked: [RankedClass]

    /// A class with its share of the belief.
    public struct RankedClass: Sendable, Equatable {
        /// The class.
        public let index: Int
        /// Between 0 and 1; all classes add up to 1. Not calibrated.
        public let probability: Float
    }

    /// An answer with these classes, best first.
    public init(ranked: [RankedClass]) { self.ranked = ranked }

    /// The likeliest class, or nil before anything was learned.
    public var best: RankedClass? { ranked.first }
}
