import Evaluation
import Memory
import Tensors

/// One pass of learners over a stream that is at hand as a whole, under the rules of the service: each sample is
/// predicted, then scored, then learned, and never seen again.
public struct Backtest: Sendable {
    /// In which order the samples come.
    public enum Order: String, Sendable, CaseIterable {
        /// As they are.
        case asIs = "as-is"
        /// Shuffled by the seed.
        case shuffled
        /// One class after another, the samples of a class shuffled by the seed.
        case byClass = "by-class"
    }

    /// Labelled vectors.
    public struct Samples: Sendable {
        /// [rows][dimension]
        public let vectors: [Float]
        /// The label of each row.
        public let labels: [String]
        /// The name of each row.
        public let ids: [String]
        /// The length of a vector.
        public let dimension: Int

        /// Labelled vectors, with as many labels and ids as rows.
        public init(vectors: [Float], labels: [String], ids: [String], dimension: Int) {
            precondition(vectors.count == labels.count * dimension && ids.count == labels.count)
            self.vectors = vectors
            self.labels = labels
            self.ids = ids
            self.dimension = dimension
        }

        /// Some of the rows, in a given order.
        public func rows(_ order: [Int]) -> Samples {
            Samples(
                vectors: order.flatMap { vectors[($0 * dimension)..<(($0 + 1) * dimension)] },
                labels: order.map { labels[$0] }, ids: order.map { ids[$0] }, dimension: dimension)
        }

        /// The rows in an order of the stream.
        public func ordered(_ order: Order, seed: UInt64) -> Samples {
            switch order {
            case .asIs: return self
            case .shuffled:
                var random = RandomGenerator(seed: seed)
                return rows(random.permutation(labels.count))
            case .byClass:
                var random = RandomGenerator(seed: seed)
                let shuffled = random.permutation(labels.count)
                // Classes in the order of their labels, numbers by value.
                let classes = Set(labels).sorted { (Int($0) ?? .max, $0) < (Int($1) ?? .max, $1) }
                let place = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
                return rows(
                    shuffled.enumerated().sorted {
                        (place[labels[$0.element]] ?? 0, $0.offset) < (
                            place[labels[$1.element]] ?? 0, $1.offset
                        )
                    }.map(\.element))
            }
        }
    }

    /// How one learner did.
    public struct Score: Sendable {
        /// Its name.
        public let learner: String
        /// Accuracy of the answers given before learning.
        public let prequential: MetricValue
        /// Kappa-temporal of the same answers.
        public let kappaTemporal: MetricValue
        /// Accuracy on samples that were never learned, after the pass.
        public let heldOut: Double
        /// The mean over classes of the recall there.
        public let heldOutBalanced: Double
        /// Peak minus now by Chaudhry et al. 2018, over groups of classes; absent unless the classes came one
        /// after another.
        public let forgetting: MetricValue
        /// The SHA-256 of what was learned; nil for the baselines.
        public let learnedHash: String?
        /// Samples predicted and learned a second, encoding included.
        public let samplesPerSecond: Double
    }

    /// The learner with its final state, and its score.
    public static func run(
        _ learner: inout Learner, train: Samples, test: Samples, batch: Int = 256
    ) throws -> Score {
        let testCodes = try learner.memory.encode(test.vectors, rows: test.labels.count)
        let perRecord = learner.memory.codesPerRecord
        let exam = Exam(train: train, test: test)
        var results: [[String?]] = []
        var seconds = 0.0
        var first = 0
        for end in exam.ends {
            let start = ContinuousClock.now
            while first < end {
                let last = min(end, first + batch)
                let vectors = Array(train.vectors[(first * train.dimension)..<(last * train.dimension)])
                let codes = try learner.memory.encode(vectors, rows: last - first)
                try codes.withUnsafeBufferPointer { codes in
                    for row in first..<last {
                        let mine = codes[((row - first) * perRecord)..<((row - first + 1) * perRecord)]
                        _ = try learner.process(
                            LearnerSample(id: train.ids[row], label: train.labels[row]),
                            codes: UnsafeBufferPointer(rebasing: mine))
                    }
                }
                first = last
            }
            seconds += start.duration(to: .now) / .seconds(1)
            results.append(
                test.labels.indices.map { row in
                    learner.predict(Array(testCodes[(row * perRecord)..<((row + 1) * perRecord)])).best.map {
                        learner.classes.labels[$0.index]
                    }
                })
        }
        return try exam.score(
            "Weir (\(learner.configuration.memory.readout.rawValue))", learner.prequential, results,
            hash: learner.learnedHash(), rate: Double(train.labels.count) / max(seconds, 1e-9))
    }

    /// A baseline over the same stream.
    ///
    /// - Parameters:
    ///   - predictsOnline: whether it is asked before each sample; too slow for some.
    ///   - prepare: called before the held-out samples are predicted.
    public static func run<Model: Baseline>(
        _ model: Model, train: Samples, test: Samples, predictsOnline: Bool = true,
        prepare: (inout Model) -> Void = { _ in }
    ) throws -> Score {
        var model = model
        var classes = ClassTable()
        var prequential = try PrequentialMetrics(window: 1_000)
        let exam = Exam(train: train, test: test)
        var results: [[String?]] = []
        var seconds = 0.0
        var first = 0
        for end in exam.ends {
            let start = ContinuousClock.now
            for row in first..<end {
                let vector = train.vectors[(row * train.dimension)..<((row + 1) * train.dimension)]
                let answer = predictsOnline ? model.predict(vector) : nil
                let classIndex = classes.open(train.labels[row])
                if predictsOnline { prequential.record(actual: classIndex, predicted: answer) }
                model.learn(vector, classIndex: classIndex)
            }
            first = end
            seconds += start.duration(to: .now) / .seconds(1)
            prepare(&model)
            results.append(
                test.labels.indices.map { row in
                    let vector = test.vectors[(row * test.dimension)..<((row + 1) * test.dimension)]
                    return model.predict(vector).map { classes.labels[$0] }
                })
        }
        return try exam.score(
            Model.name, prequential, results, hash: nil,
            rate: Double(train.labels.count) / max(seconds, 1e-9))
    }
}
