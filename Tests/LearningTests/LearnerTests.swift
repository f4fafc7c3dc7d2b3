import Evaluation
import Learning
import Memory
import Tensors
import Testing

@Suite struct LearnerTests {
    private let dimension = 16

    private func configuration(_ change: (inout LearnerConfiguration) -> Void = { _ in })
        -> LearnerConfiguration
    {
        var configuration = LearnerConfiguration(dimension: dimension)
        configuration.memory.codebooks = 16
        configuration.memory.keys = 32
        configuration.memory.keyDimension = 6
        configuration.ensemble.features = 64
        configuration.holdOutFraction = 0.1
        configuration.holdOutPerClass = 20
        change(&configuration)
        return configuration
    }

    private func samples(_ seed: UInt64, _ count: Int = 600) -> (samples: [LearnerSample], vectors: [Float]) {
        var random = RandomGenerator(seed: seed)
        var samples: [LearnerSample] = []
        var vectors: [Float] = []
        for index in 0..<count {
            let label = random.below(6)
            vectors += (0..<dimension).map { Float($0 == label ? 3 : 0) + Float(random.normal()) }
            let isLabelled = random.below(5) > 0
            samples.append(
                LearnerSample(
                    id: "s\(seed)-\(index)", label: isLabelled ? "label \(label)" : nil,
                    weight: 1 + random.below(2)))
        }
        return (samples, vectors)
    }

    private func ready(_ vectors: [Float], _ configuration: LearnerConfiguration) throws -> Learner {
        var learner = try Learner(configuration: configuration)
        try learner.initialiseKeys(from: vectors)
        return learner
    }

    /// Processes samples with codes made in batches of a size.
    private func run(
        _ learner: inout Learner, _ samples: ArraySlice<LearnerSample>, _ vectors: [Float], batch: Int
    ) throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for first in stride(from: samples.startIndex, to: samples.endIndex, by: batch) {
            let last = min(samples.endIndex, first + batch)
            let encoded = try learner.encoder.encode(
                Array(vectors[(first * dimension)..<(last * dimension)]))
            for row in first..<last {
                outcomes.append(
                    try encoded.withSample(row - first) { try learner.process(samples[row], $0) })
            }
        }
        return outcomes
    }

    @Test(
        "Any batch size gives the same answers and the same state", arguments: [1, 7, 64, 600],
        [UInt64(1), 2])
    func batches(size: Int, seed: UInt64) throws {
        let (samples, vectors) = samples(seed)
        let fresh = try ready(vectors, configuration())
        var one = fresh
        var other = fresh
        let expected = try run(&one, samples[...], vectors, batch: 33)
        #expect(try run(&other, samples[...], vectors, batch: size) == expected, "seed \(seed)")
        #expect(try other.stateHash() == one.stateHash(), "seed \(seed)")
    }

    @Test(
        "A restart from a snapshot anywhere goes on with the same bits", arguments: [0, 1, 50, 299, 600],
        BottleneckConfiguration.ReadoutRule.allCases)
    func restart(at place: Int, readout: BottleneckConfiguration.ReadoutRule) throws {
        let (samples, vectors) = samples(3)
        let configuration = configuration { $0.memory.readout = readout }
        var whole = try ready(vectors, configuration)
        var first = whole
        let expected = try run(&whole, samples[...], vectors, batch: 50)
        let early = try run(&first, samples[..<place], vectors, batch: 50)
        var second = try Learner(
            restoring: Safetensors(bytes: first.snapshot().encoded()), configuration: configuration)
        #expect(try second.stateHash() == first.stateHash())
        let late = try run(&second, samples[place...], vectors, batch: 50)
        #expect(early + late == expected)
        #expect(try second.stateHash() == whole.stateHash())
    }

    @Test(
        "A restart goes on with the same bits when of a class nothing but a held-out sample has come",
        arguments: BottleneckConfiguration.ReadoutRule.allCases)
    func restartBeforeAClassIsLearned(readout: BottleneckConfiguration.ReadoutRule) throws {
        let (_, vectors) = samples(3)
        var learner = try ready(vectors, configuration { $0.memory.readout = readout })
        let encoded = try learner.encoder.encode(vectors)
        func process(_ row: Int, _ label: String, _ role: SampleRole, _ learner: inout Learner) throws {
            try encoded.withSample(row) {
                _ = try learner.process(LearnerSample(id: "\(row)", label: label, role: role), $0)
            }
        }
        try process(0, "b", .train, &learner)
        try process(1, "a", .holdout, &learner)
        var restored = try Learner(restoring: learner.snapshot(), configuration: learner.configuration)
        #expect(try restored.stateHash() == learner.stateHash())
        for row in 2..<10 {
            try process(row, row % 3 == 0 ? "a" : "b", .train, &learner)
            try process(row, row % 3 == 0 ? "a" : "b", .train, &restored)
        }
        #expect(try restored.stateHash() == learner.stateHash())
    }

    @Test("Asking changes nothing: not the state, not what follows")
    func purity() throws {
        let (samples, vectors) = samples(4)
        var asked = try ready(vectors, configuration())
        var quiet = asked
        _ = try run(&asked, samples[..<300], vectors, batch: 50)
        _ = try run(&quiet, samples[..<300], vectors, batch: 50)
        let encoded = try asked.encoder.encode(vectors)
        for row in 0..<600 {
            encoded.withSample(row) {
                _ = asked.predict($0)
                _ = asked.explain($0)
            }
        }
        _ = asked.freshHoldOutReport()
        #expect(try asked.stateHash() == quiet.stateHash())
        #expect(
            try run(&asked, samples[300...], vectors, batch: 50)
                == run(&quiet, samples[300...], vectors, batch: 50))
        #expect(try asked.stateHash() == quiet.stateHash())
    }

    @Test("Predict comes before learn: the first sample finds nothing, a class is unknown until its second")
    func predictFirst() throws {
        let (_, vectors) = samples(5)
        var learner = try ready(vectors, configuration { $0.holdOutFraction = 0 })
        let encoded = try learner.encoder.encode(Array(vectors[..<dimension]))
        func process(_ id: String, _ label: String?) throws -> Outcome {
            try encoded.withSample(0) { try learner.process(LearnerSample(id: id, label: label), $0) }
        }
        #expect(try process("a", nil) == Outcome(answer: .nothing, use: .predicted))
        #expect(try process("b", "x").answer.best == nil)
        let second = try process("c", nil)
        #expect(second.answer.best?.index == 0 && second.answer.best?.probability == 1)
        #expect(learner.tracesLearned == 1 && learner.labelled == 1 && learner.samples == 3)
    }

    @Test("Held-out samples are scored and never learned; the role decides over the hash")
    func holdOuts() throws {
        let (samples, vectors) = samples(6)
        var learner = try ready(vectors, configuration())
        let outcomes = try run(&learner, samples[...], vectors, batch: 50)
        let heldOut = outcomes.count { $0.use == .heldOut }
        let learned = outcomes.count { $0.use == .learned }
        #expect(heldOut > 0 && learner.holdOuts.itemCount == heldOut)
        #expect(learner.tracesLearned == learned && learner.labelled == learned + heldOut)
        #expect(learner.prequential.cumulative.samples == learner.labelled)
        let before = learner.learnedHash()
        let encoded = try learner.encoder.encode(Array(vectors[..<dimension]))
        let forced = try encoded.withSample(0) {
            try learner.process(LearnerSample(id: "forced", label: "label 0", role: .holdout), $0)
        }
        #expect(forced.use == .heldOut && learner.learnedHash() == before)
        let held = samples.indices.first { outcomes[$0].use == .heldOut }
        let id = samples[try #require(held)].id
        let taught = try encoded.withSample(0) {
            try learner.process(LearnerSample(id: id, label: "label 0", role: .train), $0)
        }
        #expect(taught.use == .learned && learner.learnedHash() != before)
    }

    @Test("Answers do not depend on which label came first")
    func labelOrder() throws {
        let (samples, vectors) = samples(7)
        let fresh = try ready(vectors, configuration { $0.holdOutFraction = 0 })
        var forward = fresh
        var backward = fresh
        let encoded = try fresh.encoder.encode(vectors)
        for row in 0..<600 { _ = try encoded.withSample(row) { try forward.process(samples[row], $0) } }
        for row in (0..<600).reversed() {
            _ = try encoded.withSample(row) { try backward.process(samples[row], $0) }
        }
        #expect(forward.learnedHash() == backward.learnedHash())
        #expect(forward.classes.labels != backward.classes.labels)
        forward.refresh()
        backward.refresh()
        for row in 0..<600 {
            let a = encoded.withSample(row) { forward.predict($0) }.ranked.map {
                (forward.classes.labels[$0.index], $0.probability)
            }
            let b = encoded.withSample(row) { backward.predict($0) }.ranked.map {
                (backward.classes.labels[$0.index], $0.probability)
            }
            #expect(a.map(\.0) == b.map(\.0), "row \(row)")
            #expect(zip(a, b).allSatisfy { abs($0.1 - $1.1) < 1e-4 }, "row \(row)")
        }
    }

    @Test("One class too many is refused and changes nothing")
    func classLimit() throws {
        let (samples, vectors) = samples(8)
        var learner = try ready(vectors, configuration { $0.classLimit = 6 })
        _ = try run(&learner, samples[...], vectors, batch: 50)
        let before = try learner.stateHash()
        let encoded = try learner.encoder.encode(Array(vectors[..<dimension]))
        let error = #expect(throws: LearnerError.self) {
            try encoded.withSample(0) { try learner.process(LearnerSample(id: "new", label: "one more"), $0) }
        }
        #expect(error?.message.contains("one more") == false, "labels stand in no message")
        #expect(try learner.stateHash() == before)
    }

    @Test("Unlearning takes back what a sample taught")
    func unlearning() throws {
        let (samples, vectors) = samples(9)
        var learner = try ready(vectors, configuration { $0.holdOutFraction = 0 })
        _ = try run(&learner, samples[..<300], vectors, batch: 50)
        let before = learner.learnedHash()
        let encoded = try learner.encoder.encode(Array(vectors[..<dimension]))
        _ = try encoded.withSample(0) {
            try learner.process(LearnerSample(id: "x", label: "quite new", weight: 3), $0)
        }
        #expect(learner.learnedHash() != before)
        let taught = LearnerSample(id: "x", label: "quite new", weight: 3)
        try encoded.withSample(0) { try learner.unlearn(taught, $0) }
        #expect(learner.learnedHash() == before)
        #expect(throws: MemoryError.self) { try encoded.withSample(0) { try learner.unlearn(taught, $0) } }
        let never = LearnerSample(id: "y", label: "never met")
        #expect(throws: MemoryError.self) { try encoded.withSample(0) { try learner.unlearn(never, $0) } }
    }

    @Test(
        "Embeddings of absurd size are answered and learned without harm",
        arguments: [Float(1e30), -3e38, 1e-38])
    func absurd(value: Float) throws {
        let (samples, vectors) = samples(10)
        var learner = try ready(vectors, configuration { $0.holdOutFraction = 0 })
        _ = try run(&learner, samples[..<300], vectors, batch: 50)
        let huge = try learner.encoder.encode([Float](repeating: value, count: dimension))
        for number in 0..<40 {
            let sample = LearnerSample(id: "huge \(number)", label: "label 0")
            let answer = try huge.withSample(0) { try learner.process(sample, $0) }.answer
            #expect(answer.ranked.allSatisfy { (0...1).contains($0.probability) })
        }
        learner.refresh()
        let outcomes = try run(&learner, samples[300...], vectors, batch: 50)
        let right = zip(samples[300...], outcomes).filter { sample, outcome in
            sample.label != nil
                && outcome.answer.best.map { learner.classes.labels[$0.index] } == sample.label
        }
        let labelled = samples[300...].count { $0.label != nil }
        #expect(right.count * 10 > labelled * 7, "\(right.count) of \(labelled)")
        let restored = try Learner(
            restoring: Safetensors(bytes: learner.snapshot().encoded()), configuration: learner.configuration)
        #expect(try restored.stateHash() == learner.stateHash())
    }
}
