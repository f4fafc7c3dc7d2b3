import Experts
import Memory

/// Why an answer is what it is.
public struct Explanation: Sendable, Equatable {
    /// A learned sample that is like the asked one.
    public struct Prototype: Sendable, Equatable {
        /// Its id.
        public let sampleID: String
        /// Its class.
        public let classIndex: Int
        /// The cosine of both embeddings, centred and scaled as the experts see them: -1 to 1.
        public let similarity: Float
        /// Where it came from, when that is known.
        public let source: SampleSource?
    }

    /// What one codebook says.
    public struct Codebook: Sendable, Equatable {
        /// Its number.
        public let number: Int
        /// The key that it fetched.
        public let key: Int
        /// By how much it holds the answer likelier than the second, in log-likelihood.
        public let logOdds: Float
    }

    /// What one expert says by itself.
    public struct Opinion: Sendable, Equatable {
        /// Which it is.
        public let expert: ExpertKind
        /// Its share of the say; all shares add up to 1.
        public let weight: Float
        /// The class that it would name; nil when it knows none.
        public let classIndex: Int?
        /// How likely it holds that class by itself.
        public let probability: Float
    }

    /// The log-probability of the best class less that of the second; nil with one class.
    public let margin: Float?
    /// The second class.
    public let second: Int?
    /// The most similar kept samples, nearest first.
    public let prototypes: [Prototype]
    /// The codebooks that speak most for the answer, strongest first.
    public let codebooksFor: [Codebook]
    /// Those that speak most against it, strongest first.
    public let codebooksAgainst: [Codebook]
    /// What each expert says.
    public let experts: [Opinion]
}
