import CAllocations
import Learning
import Tensors
import Testing

/// An encoder that is held while the learner goes on.
@Suite struct EncoderTests {
    /// What the largest table of the learner below takes: C J of 8 bytes.
    private static let codebooks = 64
    private static let keys = 1_024
    private static let tableBytes = codebooks * keys * 8

    private func learner(_ vectors: [Float]) throws -> Learner {
        var configuration = LearnerConfiguration(dimension: 8)
        configuration.memory.codebooks = Self.codebooks
        configuration.memory.keys = Self.keys
        configuration.memory.keyDimension = 2
        configuration.memory.keyPasses = 0
        configuration.ensemble.features = 32
        configuration.holdOutFraction = 0
        var learner = try Learner(configuration: configuration)
        try learner.initialiseKeys(from: vectors)
        return learner
    }

    @Test("Who holds an encoder makes nobody copy a table; who holds the learner does")
    func held() throws {
        var random = RandomGenerator(seed: 1)
        let vectors = (0..<(30 * 8)).map { _ in Float(random.normal()) }
        var learner = try learner(vectors)
        // Fewer than 32, after which the experts are solved for from a copy of their sums.
        let encoded = try learner.encoder.encode(vectors)
        func bytes(of rows: Range<Int>) throws -> Int {
            let before = weir_allocated_bytes()
            for row in rows {
                try encoded.withSample(row) {
                    _ = try learner.process(LearnerSample(id: "\(row)", label: "\(row % 3)"), $0)
                }
            }
            return weir_allocated_bytes() - before
        }
        // Room is made by the first ones.
        _ = try bytes(of: 0..<10)
        var encoders: [SampleEncoder] = []
        var asked = 0
        for row in 10..<20 {
            encoders.append(learner.encoder)
            asked += try bytes(of: row..<(row + 1))
        }
        #expect(asked < Self.tableBytes / 2, "\(asked) bytes in ten samples")
        #expect(try encoders.allSatisfy { try $0.encode(vectors).codes == encoded.codes })
        guard weir_allocations() >= 0 else { return }
        let whole = learner
        let copied = try bytes(of: 20..<21)
        withExtendedLifetime(whole) {}
        #expect(copied >= Self.tableBytes, "\(copied) bytes in a sample")
    }
}
