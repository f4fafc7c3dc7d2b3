import Evaluation
import Experts
import Learning
import Memory
import Tensors

/// A stream of all that a learner meets: labels, none, weights, roles, sources, samples that come twice; and some that
/// are taken back later.
struct RandomStream {
    /// Seeds that every property is tried with.
    static let seeds: [UInt64] = [1, 2, 3, 4, 5]

    /// The kinds of learners that every property is tried with.
    enum Kind: CaseIterable {
        case standard, allExperts, countsAlone, sgd, halfLife, neighbours

        /// Whether it can take back what it learned.
        var unlearns: Bool { self != .sgd && self != .halfLife }
    }

    static let dimension = 12

    let samples: [LearnerSample]
    let vectors: [Float]

    init(seed: UInt64, count: Int = 500) {
        var random = RandomGenerator(seed: seed)
        var samples: [LearnerSample] = []
        var vectors: [Float] = []
        for index in 0..<count {
            if index > 20, random.below(12) == 0 {
                // It comes a second time.
                let again = random.below(index)
                samples.append(samples[again])
                vectors += vectors[(again * Self.dimension)..<((again + 1) * Self.dimension)]
                continue
            }
            let label = random.below(1 + min(5, index / 30))
            vectors += (0..<Self.dimension).map { Float($0 == label ? 3 : 0) + Float(random.normal()) }
            let isLabelled = random.below(5) > 0
            samples.append(
                LearnerSample(
                    id: "sample \(index)", label: isLabelled ? "label \(label)" : nil,
                    weight: 1 + random.below(3),
                    role: [.train, .holdout, .auto, .auto, .auto, .auto][random.below(6)],
                    source: random.below(2) == 0
                        ? nil : SampleSource(topic: "t", partition: 1, offset: Int64(index))))
        }
        (self.samples, self.vectors) = (samples, vectors)
    }

    static func configuration(_ kind: Kind) -> LearnerConfiguration {
        var configuration = LearnerConfiguration(dimension: dimension)
        configuration.memory.codebooks = 8
        configuration.memory.keys = 20
        configuration.memory.keyDimension = 4
        configuration.ensemble.features = 48
        configuration.ensemble.exemplarsPerClass = 10
        configuration.holdOutFraction = 0.3
        configuration.holdOutPerClass = 8
        switch kind {
        case .standard: break
        case .allExperts: configuration.ensemble.experts = ExpertKind.allCases
        case .countsAlone: configuration.ensemble.experts = [.counts]
        case .sgd: configuration.memory.readout = .sgd
        case .halfLife:
            configuration.ensemble.experts = [.counts]
            configuration.memory.halfLife = 100
        case .neighbours: configuration.memory.neighbours = 3
        }
        return configuration
    }

    /// A learner with keys that knows nothing.
    func learner(
        _ kind: Kind, _ change: (inout LearnerConfiguration) -> Void = { _ in }
    ) throws -> Learner {
        var configuration = Self.configuration(kind)
        change(&configuration)
        var learner = try Learner(configuration: configuration)
        try learner.initialiseKeys(from: vectors)
        return learner
    }
}
