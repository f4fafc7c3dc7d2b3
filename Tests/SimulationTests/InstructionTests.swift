import Learning
import Messages
import Streaming
import Tensors
import Testing

/// What a stream does beyond answering and learning: take back, rename, withhold, explain.
@Suite struct InstructionTests {
    private static let dimension = 8

    /// Samples of a mixture with five classes, some without a label.
    private func samples(_ numbers: Range<Int>) -> [Sample] {
        numbers.map { number in
            var random = RandomGenerator(seed: 1_000_003 &+ UInt64(number))
            let label = random.below(5)
            let features = (0..<Self.dimension).map {
                Float($0 == label ? 4 : 0) + Float(random.normal())
            }
            return Sample(
                id: "id-\(number)", features: features, label: number % 7 == 0 ? nil : "label \(label)")
        }
    }

    private func message(_ instruction: Instruction) -> [UInt8] {
        var bytes: [UInt8] = []
        instruction.encodeJSON(into: &bytes)
        return bytes
    }

    /// Runs a stream of messages to its end.
    ///
    /// - Returns: the hash of what a restart finds learned, and the outputs.
    private func run(
        _ messages: [[UInt8]], predictions count: Int,
        _ change: (inout Configuration) -> Void = { _ in }
    ) throws -> (hash: String, predictions: [Prediction], stream: QuietStream) {
        let stream = QuietStream()
        for message in messages { stream.log.produce(message) }
        let configuration = try stream.configuration {
            $0.dimension = Self.dimension
            $0.memory.codebooks = 8
            $0.memory.keys = 16
            $0.memory.keyDimension = 4
            $0.ensemble.features = 64
            $0.keys.samples = 50
            // Without hold-outs and with room for all exemplars, what was taken back leaves no trace.
            $0.evaluation.holdOutFraction = 0
            $0.ensemble.exemplarsPerClass = 500
            change(&$0)
        }
        // What was read before a poll has been processed.
        try stream.run(configuration) {
            stream.log.position(SimulatedCluster.place(0)) == Int64(messages.count)
        }
        let predictions = try stream.predictions()
        #expect(predictions.count == count)
        let learner = try #require(try stream.learner(configuration)).learner
        return (learner.learnedHash(), predictions, stream)
    }

    @Test("What is taken back leaves the state as if it had never come, also after a restart")
    func unlearning() throws {
        let samples = self.samples(0..<200)
        let extra = self.samples(1_000..<1_040).filter { $0.label != nil }
        let back = extra.map {
            message(.unlearn(id: $0.id, features: $0.features, label: $0.label ?? "", weight: 1))
        }
        let clean = try run(samples.map(QuietStream.json), predictions: 200)
        let taken = try run(
            (samples + extra).map(QuietStream.json) + back, predictions: 200 + extra.count)
        #expect(taken.hash == clean.hash)
        // Again: now there is nothing to take back.
        let refused = try run(
            (samples + extra).map(QuietStream.json) + back + [back[0]], predictions: 200 + extra.count)
        #expect(refused.hash == clean.hash)
        let letters = refused.stream.outputs.filter { $0.topic.hasSuffix(".dlq") }
        let codes = letters.compactMap { letter in
            letter.headers.first { $0.name == "weir_error_code" }?.value.map {
                String(decoding: $0, as: UTF8.self)
            }
        }
        #expect(codes == ["E_NOT_LEARNED"])
    }

    @Test(
        "A renamed class equals one that had the name all along; a merged one equals one class; a deleted one is gone"
    )
    func classes() throws {
        let samples = self.samples(0..<200)
        func relabelled(_ change: (String) -> String?) -> [[UInt8]] {
            samples.map {
                QuietStream.json(Sample(id: $0.id, features: $0.features, label: $0.label.flatMap(change)))
            }
        }
        let renamed = try run(
            samples.map(QuietStream.json) + [message(.renameClass(label: "label 2", to: "two"))],
            predictions: 200)
        let named = try run(relabelled { $0 == "label 2" ? "two" : $0 }, predictions: 200)
        #expect(renamed.hash == named.hash)
        let merged = try run(
            samples.map(QuietStream.json) + [message(.mergeClasses(label: "label 2", into: "label 1"))],
            predictions: 200)
        let one = try run(relabelled { $0 == "label 2" ? "label 1" : $0 }, predictions: 200)
        #expect(merged.hash == one.hash)
        let late = self.samples(300..<400).map { Sample(id: $0.id, features: $0.features) }
        let deleted = try run(
            samples.map(QuietStream.json) + [message(.deleteClass(label: "label 2"))]
                + late.map(QuietStream.json), predictions: 300)
        #expect(deleted.predictions.prefix(200).contains { $0.label == "label 2" })
        let after = deleted.predictions.suffix(100)
        #expect(after.allSatisfy { $0.label != nil && !$0.topK.contains { $0.label == "label 2" } })
    }

    @Test("Samples of no class are unknown, with what they would have been; few known ones are")
    func unknown() throws {
        let samples = self.samples(0..<600)
        let strangers = (0..<20).map { number in
            Sample(
                id: "stranger-\(number)",
                features: (0..<8).map { Float($0 == 6 ? 9 + number % 3 : $0 == 7 ? -9 : 0) })
        }
        let outcome = try run(
            (samples + strangers).map(QuietStream.json), predictions: 620,
            { $0.ensemble.falseRejections = 0.05 })
        let far = outcome.predictions.suffix(20)
        #expect(far.allSatisfy { $0.outcome == .unknown && $0.label == nil && $0.candidate != nil })
        #expect(far.allSatisfy { ($0.distance ?? 0) > 1 && $0.confidence == 0 && !$0.topK.isEmpty })
        let near = outcome.predictions[300..<600]
        #expect(near.count { $0.outcome == .unknown } < 45, "of 300, 15 are expected")
        #expect(near.allSatisfy { $0.isCalibrated })
    }

    @Test("A sample that asks gets reasons: real learned samples by their records, experts, codebooks")
    func reasons() throws {
        let samples = self.samples(0..<300)
        let last = self.samples(300..<301)[0]
        let asking = Sample(id: "asks", features: last.features, wantsReasons: true)
        let outcome = try run((samples + [asking]).map(QuietStream.json), predictions: 301)
        #expect(outcome.predictions.prefix(300).allSatisfy { $0.reasons == nil })
        let reasons = try #require(outcome.predictions[300].reasons)
        #expect(reasons.prototypes.count == 5 && (reasons.margin ?? -1) >= 0 && reasons.second != nil)
        for prototype in reasons.prototypes {
            let source = try #require(prototype.source)
            #expect(samples[Int(source.offset)].id == prototype.sampleID)
            #expect(samples[Int(source.offset)].label == prototype.label)
        }
        #expect(reasons.prototypes.map(\.similarity) == reasons.prototypes.map(\.similarity).sorted(by: >))
        #expect(reasons.experts.map(\.name) == ["counts", "means", "covariance", "ridge"])
        #expect(abs(reasons.experts.reduce(0) { $0 + $1.weight } - 1) < 1e-4)
        #expect(!reasons.codebooksFor.isEmpty && reasons.codebooksFor.allSatisfy { $0.logOdds > 0 })
    }
}
