import Evaluation
import Learning
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
        /// The SHA-256 of what was learned; nil for an expert and for the baselines.
        public let learnedHash: String?
        /// Samples predicted and learned a second, encoding included; nil for an expert, which runs with the others.
        public let samplesPerSecond: Double?
        /// The expected calibration error on the held-out samples, of the confidence before and after calibration;
        /// nil where there is none.
        public var calibrationError: (before: Double, after: Double)?
        /// How well the distance tells held-out samples from those of no class; nil without such.
        public var unknownAUROC: Double?
    }

    /// Runs a learner over a stream; it keeps its final state.
    ///
    /// - Parameters:
    ///   - strangers: vectors of no class, [rows][dimension], to tell from the held-out samples; empty for none.
    ///   - progress: called with the finished part, 0 to 1.
    /// - Returns: the score of the learner, then those of its experts.
    public static func run(
        _ learner: inout Learner, train: Samples, test: Samples, strangers: [Float] = [], batch: Int = 256,
        progress: (Double) -> Void = { _ in }
    ) throws -> [Score] {
        let exam = Exam(train: train, test: test)
        let asked = try learner.encoder.encode(test.vectors)
        let experts = learner.ensemble?.configuration.experts ?? []
        var results: [[String?]] = []
        var opinions = [[[String?]]](repeating: [], count: experts.count)
        var records = try experts.map { _ in try PrequentialMetrics(window: 1_000) }
        var answers: [Answer] = []
        var seconds = 0.0
        var first = 0
        for end in exam.ends {
            let start = ContinuousClock.now
            while first < end {
                let last = min(end, first + batch)
                let encoded = try learner.encoder.encode(
                    Array(train.vectors[(first * train.dimension)..<(last * train.dimension)]))
                for row in first..<last {
                    let outcome = try encoded.withSample(row - first) {
                        try learner.process(LearnerSample(id: train.ids[row], label: train.labels[row]), $0)
                    }
                    guard let actual = learner.classes.index(of: train.labels[row]) else { continue }
                    for e in experts.indices {
                        let opinion = outcome.answer.opinions.isEmpty ? nil : outcome.answer.opinions[e]
                        records[e].record(actual: actual, predicted: opinion)
                    }
                }
                first = last
                progress(Double(first) / Double(train.labels.count))
            }
            seconds += start.duration(to: .now) / .seconds(1)
            // The examination is of all that was learned, and leaves no trace in what follows.
            var examined = learner
            examined.refresh()
            let labels = learner.classes.labels
            var room = AnswerRoom()
            answers = (0..<asked.count).map { row in
                asked.withSample(row) { examined.predict($0, &room) }
            }
            results.append(answers.map { $0.best.map { labels[$0.index] } })
            for e in experts.indices {
                opinions[e].append(
                    answers.map { answer in
                        answer.opinions.isEmpty ? nil : answer.opinions[e].map { labels[$0] }
                    })
            }
            if end == train.labels.count { learner = examined }
        }
        var score = try exam.score(
            experts.isEmpty ? "Weir (\(learner.configuration.memory.readout.rawValue))" : "Weir",
            learner.prequential, results, hash: learner.learnedHash(),
            rate: Double(train.labels.count) / max(seconds, 1e-9))
        if !experts.isEmpty {
            score.calibrationError = calibrationError(answers, test, labels: learner.classes.labels)
            score.unknownAUROC = try unknownAUROC(learner, known: answers, strangers: strangers)
        }
        return [score]
            + (try experts.indices.map {
                try exam.score(
                    "  \(experts[$0].rawValue) alone", records[$0], opinions[$0], hash: nil, rate: nil)
            })
    }

    private static func calibrationError(
        _ answers: [Answer], _ test: Samples, labels: [String]
    ) -> (before: Double, after: Double) {
        let outcomes = zip(answers, test.labels).compactMap { answer, label in
            answer.candidate.map { (answer, $0.probability, labels[$0.index] == label) }
        }
        return (
            CalibrationWindow.error(outcomes.map { ($0.0.uncalibrated, $0.2) }),
            CalibrationWindow.error(outcomes.map { ($0.1, $0.2) })
        )
    }

    /// The area under the curve of false against true rejections: how often a stranger is farther than a known
    /// sample, ties half.
    private static func unknownAUROC(
        _ learner: Learner, known: [Answer], strangers: [Float]
    ) throws -> Double? {
        guard !strangers.isEmpty else { return nil }
        let batch = try learner.encoder.encode(strangers)
        var room = AnswerRoom()
        let far = (0..<batch.count).compactMap { row in
            batch.withSample(row) { learner.predict($0, &room).distance }
        }
        let near = known.compactMap(\.distance).sorted()
        guard !far.isEmpty, !near.isEmpty else { return nil }
        func rank(_ value: Float, orEqual: Bool) -> Int {
            var low = 0
            var high = near.count
            while low < high {
                let middle = (low + high) / 2
                if near[middle] < value || (orEqual && near[middle] == value) {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            return low
        }
        let sum = far.reduce(0.0) { $0 + Double(rank($1, orEqual: false) + rank($1, orEqual: true)) / 2 }
        return sum / Double(far.count * near.count)
    }

    /// A baseline over the same stream.
    public static func run<Model: Baseline>(
        _ model: Model, train: Samples, test: Samples
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
                let answer = model.predict(vector)
                let classIndex = classes.open(train.labels[row])
                prequential.record(actual: classIndex, predicted: answer)
                model.learn(vector, classIndex: classIndex)
            }
            first = end
            seconds += start.duration(to: .now) / .seconds(1)
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
