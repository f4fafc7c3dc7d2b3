import Evaluation
import Experts
import Learning
import Tensors
import Testing

/// What was known at a moment, asked while the learner goes on.
@Suite struct ViewTests {
    /// A view, and what the learner said when it was made.
    private struct Moment {
        let view: AnsweringView
        let reporter: HoldOutReporter
        let revision: Int
        let tracesLearned: Int
        let classes: ClassTable
        let answers: [Answer]
        let explanations: [Explanation?]
        let report: HoldOutReport
    }

    private static let rows = Array(stride(from: 0, to: 500, by: 60))

    private static func moment(_ learner: Learner, _ encoded: EncodedBatch) -> Moment {
        let view = learner.view()
        return Moment(
            view: view, reporter: learner.holdOutReporter(), revision: learner.revision,
            tracesLearned: learner.tracesLearned, classes: learner.classes,
            answers: rows.map { encoded.withSample($0) { learner.predict($0) } },
            explanations: rows.map { encoded.withSample($0) { learner.explain($0) } },
            report: learner.freshHoldOutReport())
    }

    /// Whether a view still says what the learner said.
    private static func isKept(_ moment: Moment, _ encoded: EncodedBatch) -> Bool {
        var room = AnswerRoom()
        return moment.view.revision == moment.revision && moment.view.tracesLearned == moment.tracesLearned
            && moment.view.classes == moment.classes
            && rows.map { encoded.withSample($0) { moment.view.predict($0, &room) } } == moment.answers
            && rows.map { encoded.withSample($0) { moment.view.explain($0) } } == moment.explanations
            && moment.reporter.report() == moment.report
    }

    @Test(
        "A view answers, and its held-out samples are asked, as the learner was when it was made",
        arguments: RandomStream.seeds, RandomStream.Kind.allCases)
    func kept(seed: UInt64, kind: RandomStream.Kind) async throws {
        let stream = RandomStream(seed: seed)
        var learner = try stream.learner(kind)
        var unasked = learner
        var random = RandomGenerator(seed: seed)
        let encoded = try learner.encoder.encode(stream.vectors)
        var moments = [Self.moment(learner, encoded)]
        var meanwhile: [Task<Bool, Never>] = []
        for (row, sample) in stream.samples.enumerated() {
            try encoded.withSample(row) {
                let use = try learner.process(sample, $0).use
                _ = try unasked.process(sample, $0)
                // A view of a learner that has something to settle, now and then.
                guard kind.unlearns, use == .learned, random.below(25) == 0 else { return }
                try learner.unlearn(sample, $0)
                try unasked.unlearn(sample, $0)
            }
            guard random.below(40) == 0 else { continue }
            let moment = Self.moment(learner, encoded)
            moments.append(moment)
            meanwhile.append(Task.detached { Self.isKept(moment, encoded) })
        }
        for task in meanwhile { #expect(await task.value, "seed \(seed)") }
        #expect(moments.count > 5 && Set(moments.map { "\($0.report)" }).count > 3)
        for moment in moments { #expect(Self.isKept(moment, encoded), "seed \(seed), \(moment.revision)") }
        // Whoever is asked goes on as if nobody had asked.
        #expect(try learner.stateHash() == unasked.stateHash(), "seed \(seed)")
        #expect(learner.revision == unasked.revision)
    }

    @Test("A view before there are keys says nothing")
    func empty() throws {
        let learner = try Learner(configuration: RandomStream.configuration(.standard))
        let view = learner.view()
        #expect(view.classes.count == 0 && view.tracesLearned == 0)
        #expect(throws: (any Error).self) { try view.encoder.encode([0]) }
        #expect(learner.holdOutReporter().report() == learner.freshHoldOutReport())
    }
}
