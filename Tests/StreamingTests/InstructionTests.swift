import Foundation
import Kafka
import Learning
import Messages
import Streaming
import TestSupport
import Testing

/// What a stream does beyond answering and learning: take back, rename, withhold, explain.
@Suite(.waiting) struct InstructionTests {
    private func message(_ instruction: Instruction) -> TestStream.Message {
        var bytes: [UInt8] = []
        instruction.encodeJSON(into: &bytes)
        return TestStream.Message(value: bytes)
    }

    private func learnedHash(_ configuration: Configuration) throws -> String {
        let store = try SnapshotStore(folder: configuration.snapshots.folder, keep: 3)
        let snapshot = try #require(try store.newest { path, error in Issue.record("\(path): \(error)") })
        return try snapshot.learner().learnedHash()
    }

    /// Runs a stream of messages to its end.
    ///
    /// - Returns: the hash of what it has learned, and its outputs.
    private func run(
        _ messages: [TestStream.Message], predictions count: Int,
        _ change: (inout Configuration) -> Void = { _ in }
    ) throws -> (hash: String, predictions: [Prediction], stream: TestStream) {
        let stream = try TestStream()
        try stream.send(messages)
        let configuration = try stream.configuration {
            // Without hold-outs and with room for all exemplars, what was taken back leaves no trace.
            $0.evaluation.holdOutFraction = 0
            $0.ensemble.exemplarsPerClass = 500
            change(&$0)
        }
        let service = RunningService(configuration)
        let predictions = try stream.predictions(count)
        let all = Double(messages.count)
        #expect(eventually { service.reports.last?.sum(.inputRecords) == all || service.hasEnded })
        #expect(service.stop() == nil)
        return (try learnedHash(configuration), predictions, stream)
    }

    @Test("What is taken back leaves the state as if it had never come, also after a restart")
    func unlearning() throws {
        let stream = try TestStream()
        let samples = stream.samples(0..<200)
        let extra = stream.samples(1_000..<1_040).filter { $0.label != nil }
        let back = extra.map {
            message(.unlearn(id: $0.id, features: $0.features, label: $0.label ?? "", weight: 1))
        }
        let clean = try run(samples.map(TestStream.json), predictions: 200)
        let taken = try run(
            (samples + extra).map(TestStream.json) + back, predictions: 200 + extra.count)
        #expect(taken.hash == clean.hash)
        // Again: now there is nothing to take back.
        let refused = try run(
            (samples + extra).map(TestStream.json) + back + [back[0]], predictions: 200 + extra.count)
        #expect(refused.hash == clean.hash)
        let letters = try refused.stream.read("weir.s.dlq") { !$0.isEmpty }
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
        let stream = try TestStream()
        let samples = stream.samples(0..<200)
        func relabelled(_ change: (String) -> String?) -> [TestStream.Message] {
            samples.map {
                TestStream.json(Sample(id: $0.id, features: $0.features, label: $0.label.flatMap(change)))
            }
        }
        let renamed = try run(
            samples.map(TestStream.json) + [message(.renameClass(label: "label 2", to: "two"))],
            predictions: 200)
        let named = try run(relabelled { $0 == "label 2" ? "two" : $0 }, predictions: 200)
        #expect(renamed.hash == named.hash)
        let merged = try run(
            samples.map(TestStream.json) + [message(.mergeClasses(label: "label 2", into: "label 1"))],
            predictions: 200)
        let one = try run(relabelled { $0 == "label 2" ? "label 1" : $0 }, predictions: 200)
        #expect(merged.hash == one.hash)
        let late = stream.samples(300..<400).map { Sample(id: $0.id, features: $0.features) }
        let deleted = try run(
            samples.map(TestStream.json) + [message(.deleteClass(label: "label 2"))]
                + late.map(TestStream.json), predictions: 300)
        #expect(deleted.predictions.prefix(200).contains { $0.label == "label 2" })
        let after = deleted.predictions.suffix(100)
        #expect(after.allSatisfy { $0.label != nil && !$0.topK.contains { $0.label == "label 2" } })
    }

    @Test("Samples of no class are unknown, with what they would have been; few known ones are")
    func unknown() throws {
        let stream = try TestStream()
        let samples = stream.samples(0..<600)
        let strangers = (0..<20).map { number in
            Sample(
                id: "stranger-\(number)",
                features: (0..<8).map { Float($0 == 6 ? 9 + number % 3 : $0 == 7 ? -9 : 0) })
        }
        let outcome = try run(
            (samples + strangers).map(TestStream.json), predictions: 620,
            { $0.ensemble.falseRejections = 0.05 })
        let far = outcome.predictions.suffix(20)
        #expect(far.allSatisfy { $0.absent == Prediction.unknown && $0.label == nil && $0.candidate != nil })
        #expect(far.allSatisfy { ($0.distance ?? 0) > 1 && $0.confidence == 0 && !$0.topK.isEmpty })
        let near = outcome.predictions[300..<600]
        #expect(near.count { $0.absent == Prediction.unknown } < 45, "of 300, 15 are expected")
        #expect(near.allSatisfy { $0.isCalibrated })
    }

    @Test("A sample that asks gets reasons: real learned samples by their records, experts, codebooks")
    func reasons() throws {
        let stream = try TestStream()
        let samples = stream.samples(0..<300)
        let last = stream.samples(300..<301)[0]
        let asking = Sample(id: "asks", features: last.features, wantsReasons: true)
        let outcome = try run((samples + [asking]).map(TestStream.json), predictions: 301)
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
