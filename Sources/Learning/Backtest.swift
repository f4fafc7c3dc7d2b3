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
        /// The SHA-256 of what was learned; nil for the baselines.
        public let learnedHash: String?
        /// Samples predicted and learned a second, encoding included.
        public let samplesPerSecond: Double
    }

    /// The learner with its final state, and its score.
    public static func run(
        _ learner: inout Learner, train: Samples, test: Samples, batch: Int = 256
    ) throws -> Score {
        let clock = ContinuousClock()
        let start = clock.now
        for first in stride(from: 0, to: train.labels.count, by: batch) {
            let last = min(train.labels.count, first + batch)
            let vectors = Array(train.vectors[(first * train.dimension)..<(last * train.dimension)])
            let codes = try learner.memory.encode(vectors, rows: last - first)
            let perRecord = learner.memory.codesPerRecord
            try codes.withUnsafeBufferPointer { codes in
                for row in first..<last {
                    let mine = codes[((row - first) * perRecord)..<((row - first + 1) * perRecord)]
                    _ = try learner.process(
                        LearnerSample(id: train.ids[row], label: train.labels[row]),
                        codes: UnsafeBufferPointer(rebasing: mine))
                }
            }
        }
        let seconds = Double((clock.now - start) / .nanoseconds(1)) * 1e-9
        let codes = try learner.memory.encode(test.vectors, rows: test.labels.count)
        let perRecord = learner.memory.codesPerRecord
        let answers = test.labels.indices.map { row in
            learner.predict(Array(codes[(row * perRecord)..<((row + 1) * perRecord)])).best.map {
                learner.classes.labels[$0.index]
            }
        }
        return score(
            "Weir (\(learner.configuration.memory.readout.rawValue))", learner.prequential, answers,
            test.labels,
            hash: learner.learnedHash(), rate: Double(train.labels.count) / max(seconds, 1e-9))
    }

    /// A baseline over the same stream.
    ///
    /// - Parameter prepare: called before the held-out samples are predicted.
    public static func run<Model: Baseline>(
        _ model: Model, train: Samples, test: Samples, predictsOnline: Bool = true,
        prepare: (inout Model) -> Void = { _ in }
    ) throws -> Score {
        var model = model
        var classes = ClassTable()
        var prequential = try PrequentialMetrics(window: 1_000)
        let clock = ContinuousClock()
        let start = clock.now
        for row in train.labels.indices {
            let vector = train.vectors[(row * train.dimension)..<((row + 1) * train.dimension)]
            let answer = predictsOnline ? model.predict(vector) : nil
            let classIndex = classes.open(train.labels[row])
            if predictsOnline { prequential.record(actual: classIndex, predicted: answer) }
            model.learn(vector, classIndex: classIndex)
        }
        let seconds = Double((clock.now - start) / .nanoseconds(1)) * 1e-9
        prepare(&model)
        let answers = test.labels.indices.map { row in
            model.predict(test.vectors[(row * test.dimension)..<((row + 1) * test.dimension)]).map {
                classes.labels[$0]
            }
        }
        return score(
            Model.name, prequential, answers, test.labels, hash: nil,
            rate: Double(train.labels.count) / max(seconds, 1e-9))
    }

    private static func score(
        _ name: String, _ prequential: PrequentialMetrics, _ answers: [String?], _ labels: [String],
        hash: String?,
        rate: Double
    ) -> Score {
        var right: [String: Int] = [:]
        var all: [String: Int] = [:]
        for (answer, label) in zip(answers, labels) {
            all[label, default: 0] += 1
            if answer == label { right[label, default: 0] += 1 }
        }
        let recalls = all.map { Double(right[$0.key] ?? 0) / Double($0.value) }
        return Score(
            learner: name, prequential: prequential.cumulative.accuracy,
            kappaTemporal: prequential.cumulative.kappaTemporal,
            heldOut: Double(right.values.reduce(0, +)) / Double(max(1, labels.count)),
            heldOutBalanced: recalls.reduce(0, +) / Double(max(1, recalls.count)), learnedHash: hash,
            samplesPerSecond: rate)
    }
}
