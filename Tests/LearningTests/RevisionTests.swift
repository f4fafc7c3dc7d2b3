import Experts
import Learning
import Memory
import Tensors
import Testing

/// The number that readers know a change of the model by.
@Suite struct RevisionTests {
    /// What was done to a learner, and whether it changed what is known.
    private enum Effect { case change, none, refused }

    /// Does one thing by lot to a learner: a sample, or something that is taken back, renamed, merged or deleted.
    private static func step(
        _ learner: inout Learner, _ row: Int, _ stream: RandomStream, _ kind: RandomStream.Kind,
        _ random: inout RandomGenerator
    ) throws -> Effect {
        let encoded = try learner.encoder.encode(
            Array(stream.vectors[(row * RandomStream.dimension)..<((row + 1) * RandomStream.dimension)]))
        let sample = stream.samples[row]
        func label() -> String { "label \(random.below(6))" }
        do {
            switch random.below(kind.unlearns ? 20 : 15) {
            case 15, 16: try encoded.withSample(0) { try learner.unlearn(sample, $0) }
            case 17: try learner.renameClass(label(), to: "renamed \(row)")
            case 18: try learner.mergeClass(label(), into: label())
            case 19: try learner.deleteClass(label())
            default:
                let opens = sample.label.map { learner.classes.index(of: $0) == nil } ?? false
                let use = try encoded.withSample(0) { try learner.process(sample, $0).use }
                return use == .learned || opens ? .change : .none
            }
            return .change
        } catch is MemoryError {
            return .refused
        }
    }

    @Test(
        "It rises with every change and with nothing else, never falls, and a restored learner counts on the same",
        arguments: RandomStream.seeds, RandomStream.Kind.allCases)
    func property(seed: UInt64, kind: RandomStream.Kind) throws {
        let stream = RandomStream(seed: seed)
        var learner = try stream.learner(kind)
        var random = RandomGenerator(seed: seed)
        var restored: Learner?
        let probes = try learner.encoder.encode(Array(stream.vectors[..<(10 * RandomStream.dimension)]))
        func answers(_ learner: Learner) -> [Answer] {
            (0..<10).map { row in probes.withSample(row) { learner.predict($0) } }
        }
        var known = (revision: learner.revision, answers: answers(learner))
        var effects: [Effect: Int] = [:]
        for row in stream.samples.indices {
            // As after a crash: a snapshot, and the same records again.
            if random.below(50) == 0 {
                restored = try Learner(
                    restoring: learner.snapshot(), configuration: learner.configuration)
            }
            let revision = learner.revision
            var again = random
            let effect = try Self.step(&learner, row, stream, kind, &random)
            effects[effect, default: 0] += 1
            #expect(
                effect == .change ? learner.revision > revision : learner.revision == revision,
                "seed \(seed), row \(row), \(effect)")
            if var copy = restored {
                _ = try Self.step(&copy, row, stream, kind, &again)
                #expect(copy.revision == learner.revision, "seed \(seed), row \(row)")
                #expect(copy.tracesLearned == learner.tracesLearned, "seed \(seed), row \(row)")
                restored = copy
            }
            guard row % 20 == 0 || effect == .none else { continue }
            let now = answers(learner)
            if known.revision == learner.revision {
                #expect(now == known.answers, "seed \(seed), row \(row)")
            }
            known = (learner.revision, now)
        }
        #expect(restored != nil && effects[.change, default: 0] > 100)
        #expect(kind.unlearns == (effects[.refused] != nil), "\(effects)")
    }
}
