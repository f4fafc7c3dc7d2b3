import CAllocations
import Experts
import Learning
import Memory
import Tensors
import Testing

/// What learning and solving copy, also while somebody holds a view: nothing that is large and need not be.
@Suite struct AllocationTests {
    /// The most that one sample may ask for, beside tables of 12 MiB and more.
    private static let limit = 8 << 20

    private static func vectors(_ count: Int, _ dimension: Int) -> [Float] {
        var random = RandomGenerator(seed: 1)
        return (0..<(count * dimension)).map { _ in Float(random.normal()) }
    }

    /// The bytes that each row asks for.
    private static func bytes(
        _ learner: inout Learner, _ encoded: EncodedBatch, _ rows: Range<Int>, classes: Int,
        before: (Learner) -> Void = { _ in }
    ) throws -> [Int] {
        try rows.map { row in
            before(learner)
            let asked = weir_allocated_bytes()
            try encoded.withSample(row) {
                _ = try learner.process(LearnerSample(id: "\(row)", label: "\(row % classes)"), $0)
            }
            return weir_allocated_bytes() - asked
        }
    }

    /// A learner whose tables are large although it learned little.
    private func wide(_ readout: BottleneckConfiguration.ReadoutRule, _ vectors: [Float]) throws -> Learner {
        var configuration = LearnerConfiguration(dimension: 8)
        configuration.memory.readout = readout
        configuration.memory.codebooks = 100
        configuration.memory.keys = 1 << 15
        configuration.memory.keyDimension = 2
        configuration.memory.keyPasses = 0
        configuration.ensemble.features = 2_048
        configuration.holdOutFraction = 0
        var learner = try Learner(configuration: configuration)
        try learner.initialiseKeys(from: vectors)
        return learner
    }

    @Test(
        "Whoever holds views makes nobody copy the memory or the sums; who holds the learner does",
        arguments: [BottleneckConfiguration.ReadoutRule.counts, .sgd])
    func memory(readout: BottleneckConfiguration.ReadoutRule) throws {
        guard weir_allocations() >= 0 else { return }
        let vectors = Self.vectors(30, 8)
        var learner = try wide(readout, vectors)
        // Fewer than 32, after which the experts are solved for from a copy of their sums.
        let encoded = try learner.encoder.encode(vectors)
        _ = try Self.bytes(&learner, encoded, 0..<10, classes: 3)
        var views: [AnsweringView] = []
        let asked = try Self.bytes(&learner, encoded, 10..<20, classes: 3) { views.append($0.view()) }
        #expect(asked.allSatisfy { $0 < Self.limit }, "\(asked)")
        #expect(Set(views.map(\.revision)).count == 10)
        let whole = learner
        let copied = try Self.bytes(&learner, encoded, 20..<21, classes: 3)
        withExtendedLifetime((whole, views)) {}
        #expect(copied[0] > Self.limit, "\(copied)")
    }

    @Test("The same for the tables of the experts, in a learner of many classes")
    func experts() throws {
        guard weir_allocations() >= 0 else { return }
        let (dimension, classes) = (256, 300)
        let tableBytes = dimension * classes * 4
        let vectors = Self.vectors(classes + 60, dimension)
        var configuration = LearnerConfiguration(dimension: dimension)
        (configuration.memory.codebooks, configuration.memory.keys) = (8, 16)
        configuration.memory.keyPasses = 0
        configuration.ensemble.features = 256
        configuration.ensemble.exemplarsPerClass = 2
        configuration.holdOutFraction = 0
        var learner = try Learner(configuration: configuration)
        try learner.initialiseKeys(from: vectors)
        let encoded = try learner.encoder.encode(vectors)
        _ = try Self.bytes(&learner, encoded, 0..<(classes + 10), classes: classes)
        // Nothing is being solved for now, nor will be for the next 32 samples.
        learner.refresh()
        var views: [AnsweringView] = []
        let asked = try Self.bytes(
            &learner, encoded, (classes + 10)..<(classes + 20), classes: classes
        ) { views.append($0.view()) }
        #expect(asked.allSatisfy { $0 < tableBytes / 2 }, "\(asked) bytes, tables of \(tableBytes)")
        let whole = learner
        let copied = try Self.bytes(
            &learner, encoded, (classes + 20)..<(classes + 21), classes: classes)
        withExtendedLifetime((whole, views)) {}
        #expect(copied[0] > 2 * tableBytes, "\(copied)")
    }

    @Test("Solving at once adds up the sums where they are")
    func solving() throws {
        guard weir_allocations() >= 0 else { return }
        let features = 1_024
        let vectors = Self.vectors(100, 8)
        var configuration = LearnerConfiguration(dimension: 8)
        configuration.memory.codebooks = 8
        configuration.memory.keyPasses = 0
        configuration.ensemble.features = features
        configuration.holdOutFraction = 0
        var learner = try Learner(configuration: configuration)
        try learner.initialiseKeys(from: vectors)
        let encoded = try learner.encoder.encode(vectors)
        _ = try Self.bytes(&learner, encoded, 0..<100, classes: 3)
        func solved() -> Int {
            let before = weir_allocated_bytes()
            learner.refresh()
            return weir_allocated_bytes() - before
        }
        // What is being solved for on another core holds the sums, and is let go of by this.
        _ = solved()
        _ = try Self.bytes(&learner, encoded, 0..<20, classes: 3)
        let (waiting, added) = (solved(), solved())
        #expect(
            waiting - added < features * features * 8 / 2,
            "\(waiting) bytes with samples that wait, then \(added)")
    }
}
