import Evaluation
import Experts

/// What one labelled sample teaches: whoever has it can learn it, anywhere, once.
///
/// It holds what was decided about holding the sample out, so that all who learn it do the same with it.
///
/// ```swift
/// if let trace = try learner.trace(of: sample, encoded) { try learner.learn(trace) }
/// ```
public struct Trace: Sendable, Equatable {
    /// What was decided, before, about holding it out.
    public enum Fate: UInt8, Sendable {
        /// It is learned.
        case learned = 0
        /// It is kept to measure forgetting, and never learned.
        case heldOut = 1
    }

    /// The largest sizes of what a trace holds.
    public enum Limits {
        /// The bytes of an id or a label; there is at least one.
        public static let textBytes = 1_024
        /// The bytes of a topic's name; there is at least one.
        public static let topicBytes = 249
        /// How often a trace counts; at least once.
        public static let weight = EvaluationLimits.weight
        /// The number of codes; there is at least one.
        public static let codes = 262_144
        /// The number of steps or values of a vector.
        public static let dimension = 65_536
    }

    /// The sample's name.
    public let id: String
    /// Its label.
    public let label: String
    /// How often it counts.
    public let weight: Int
    /// What was decided about holding it out.
    public let fate: Fate
    /// The nearest key of every codebook, [C][T].
    public let codes: [UInt16]
    /// The embedding in whole steps of the `FeatureScale`, [D]; empty where no expert counts, and where held out.
    public let steps: [Int16]
    /// The embedding, [D], with which a held-out sample is asked again; empty where learned.
    public let vector: [Float]
    /// The record that the sample came in, when that is known.
    public let source: SampleSource?

    /// What a sample teaches, or, held out, what it is asked with.
    public init(_ sample: LearnerSample, label: String, _ encoded: EncodedSample, fate: Fate) {
        let isLearned = fate == .learned
        self.init(
            id: sample.id, label: label, weight: sample.weight, fate: fate, codes: Array(encoded.codes),
            steps: isLearned ? Array(encoded.steps) : [], vector: isLearned ? [] : Array(encoded.vector),
            source: sample.source)
    }

    init(
        id: String, label: String, weight: Int, fate: Fate, codes: [UInt16], steps: [Int16],
        vector: [Float], source: SampleSource?
    ) {
        self.id = id
        self.label = label
        self.weight = weight
        self.fate = fate
        self.codes = codes
        self.steps = steps
        self.vector = vector
        self.source = source
    }

    /// Lends the trace as a sample.
    ///
    /// - Parameter features: the random features that follow from the steps, where an expert needs them.
    func withSample<Result, Failure: Error>(
        features: [UInt8], _ body: (EncodedSample) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try vector.withUnsafeBufferPointer { (vector) throws(Failure) in
            try codes.withUnsafeBufferPointer { (codes) throws(Failure) in
                try steps.withUnsafeBufferPointer { (steps) throws(Failure) in
                    try features.withUnsafeBufferPointer { (features) throws(Failure) in
                        try body(
                            EncodedSample(vector: vector, codes: codes, steps: steps, features: features))
                    }
                }
            }
        }
    }
}
