import Experts
import Learning
import Tensors
import Testing

/// The three verbs, and a trace as what is learned.
@Suite struct VerbTests {
    /// One sample by the verbs themselves.
    private func byHand(
        _ learner: inout Learner, _ sample: LearnerSample, _ encoded: EncodedSample,
        asBytes: Bool, _ room: inout AnswerRoom
    ) throws -> Outcome {
        let trace = try learner.trace(of: sample, encoded)
        learner.settle()
        let answer = learner.predict(encoded, &room)
        try learner.score(sample, answer)
        guard var trace else { return Outcome(answer: answer, use: .predicted) }
        if asBytes { trace = try sent(trace, learner) }
        return Outcome(answer: answer, use: try learner.learn(trace))
    }

    private func sent(_ trace: Trace, _ learner: Learner) throws -> Trace {
        let bytes = try trace.encoded(codeBits: learner.configuration.memory.codeBits)
        return try bytes.withUnsafeBytes { try Trace(bytes: $0) }
    }

    @Test(
        "Processing is trace, predict, score and learn by hand, also through a trace's bytes",
        arguments: RandomStream.seeds, RandomStream.Kind.allCases)
    func processIsTheVerbs(seed: UInt64, kind: RandomStream.Kind) throws {
        let stream = RandomStream(seed: seed)
        var whole = try stream.learner(kind)
        var parts = whole
        var sent = whole
        var room = AnswerRoom()
        var random = RandomGenerator(seed: seed)
        let encoded = try whole.encoder.encode(stream.vectors)
        var uses: Set<Outcome.Use> = []
        for (row, sample) in stream.samples.enumerated() {
            try encoded.withSample(row) {
                let outcome = try whole.process(sample, $0)
                uses.insert(outcome.use)
                #expect(try byHand(&parts, sample, $0, asBytes: false, &room) == outcome, "row \(row)")
                #expect(try byHand(&sent, sample, $0, asBytes: true, &room) == outcome, "row \(row)")
                guard kind.unlearns, outcome.use == .learned, random.below(15) == 0 else { return }
                try whole.unlearn(sample, $0)
                try parts.unlearn(sample, $0)
                try sent.unlearn(sample, $0)
            }
        }
        #expect(uses.count == 3)
        #expect(try parts.stateHash() == whole.stateHash(), "seed \(seed)")
        #expect(try sent.stateHash() == whole.stateHash(), "seed \(seed)")
    }

    @Test(
        "Who learns the traces alone knows the same and holds the same out",
        arguments: RandomStream.seeds, RandomStream.Kind.allCases)
    func tracesAlone(seed: UInt64, kind: RandomStream.Kind) throws {
        let stream = RandomStream(seed: seed)
        let fresh = try stream.learner(kind)
        var leader = fresh
        var follower = fresh
        for change in try stream.changes(&leader, kind) {
            switch change {
            case .learned(let trace): try follower.learn(sent(trace, follower))
            case .unlearned(let trace): try follower.unlearn(sent(trace, follower))
            }
        }
        #expect(follower.learnedHash() == leader.learnedHash(), "seed \(seed)")
        #expect(follower.holdOuts == leader.holdOuts, "seed \(seed)")
        #expect(follower.tracesLearned == leader.tracesLearned && follower.revision == leader.revision)
        #expect(follower.labelled == leader.labelled && follower.classes == leader.classes)
        #expect(follower.prequential == fresh.prequential && follower.samples == 0)
        let encoded = try leader.encoder.encode(stream.vectors)
        (leader, follower) = (refreshed(leader), refreshed(follower))
        for row in stream.samples.indices {
            encoded.withSample(row) { #expect(follower.predict($0) == leader.predict($0), "row \(row)") }
        }
    }

    private func refreshed(_ learner: Learner) -> Learner {
        var learner = learner
        learner.refresh()
        return learner
    }

    @Test("Asking for an answer or a trace changes nothing", arguments: RandomStream.Kind.allCases)
    func asking(kind: RandomStream.Kind) throws {
        let stream = RandomStream(seed: 6)
        var learner = try stream.learner(kind)
        _ = try stream.changes(&learner, kind)
        if kind.unlearns {
            // An answer is now to be given without settling.
            let trace = try #require(try known(learner, stream))
            try learner.learn(trace)
            try learner.unlearn(trace)
        }
        let before = try learner.stateHash()
        let encoded = try learner.encoder.encode(stream.vectors)
        var room = AnswerRoom()
        // A stale learner solves anew for each.
        let rows = Array(stride(from: 0, to: stream.samples.count, by: 25))
        var answers: [Answer] = []
        for row in rows {
            try encoded.withSample(row) {
                answers.append(learner.predict($0))
                #expect(learner.predict($0, &room) == answers.last, "row \(row)")
                _ = learner.explain($0)
                _ = try learner.trace(of: stream.samples[row], $0)
            }
        }
        #expect(try learner.stateHash() == before)
        // Settling spares work and changes no answer.
        let revision = learner.revision
        learner.settle()
        #expect(learner.revision == revision)
        #expect(rows.map { encoded.withSample($0) { learner.predict($0) } } == answers)
    }

    /// A trace that is learned.
    private func known(_ learner: Learner, _ stream: RandomStream) throws -> Trace? {
        let encoded = try learner.encoder.encode(stream.vectors)
        for (row, sample) in stream.samples.enumerated() where sample.label != nil && sample.role != .holdout
        {
            let trace = try encoded.withSample(row) {
                try learner.trace(
                    of: LearnerSample(id: "again", label: sample.label, role: .train, source: sample.source),
                    $0)
            }
            if let trace { return trace }
        }
        return nil
    }

    @Test("Scoring moves metrics alone, learning everything but the metrics of answers")
    func scoringAndLearning() throws {
        let stream = RandomStream(seed: 7)
        var learner = try stream.learner(.standard)
        let encoded = try learner.encoder.encode(stream.vectors)
        for (row, sample) in stream.samples.enumerated() {
            try encoded.withSample(row) {
                let answer = learner.predict($0)
                let (hash, holdOuts, revision) = (learner.learnedHash(), learner.holdOuts, learner.revision)
                let trace = try learner.trace(of: sample, $0)
                // A class that comes to be is a change of the model, of which gradient descent's answers know at once.
                let opened = sample.label.map { learner.classes.index(of: $0) == nil } ?? false
                try learner.score(sample, answer)
                #expect(learner.learnedHash() == hash && learner.revision == revision + (opened ? 1 : 0))
                #expect(learner.holdOuts == holdOuts && learner.predict($0) == answer)
                #expect(learner.samples == row + 1)
                guard let trace else { return }
                let (metrics, calibration) = (learner.prequential, learner.calibration)
                let use = try learner.learn(trace)
                #expect(use == (trace.fate == .heldOut ? .heldOut : .learned))
                #expect(learner.prequential == metrics && learner.calibration == calibration)
                #expect((learner.learnedHash() == hash) == (use == .heldOut))
                #expect(learner.revision == revision + (opened ? 1 : 0) + (use == .heldOut ? 0 : 1))
            }
        }
    }

    @Test("What a trace says of its fate is done, whatever the learner would decide now")
    func fate() throws {
        let stream = RandomStream(seed: 8)
        var learner = try stream.learner(.standard)
        _ = try stream.changes(&learner, .standard)
        let encoded = try learner.encoder.encode(Array(stream.vectors[..<RandomStream.dimension]))
        let sample = LearnerSample(id: "one", label: "label 0", role: .train)
        let (learned, held) = encoded.withSample(0) {
            (
                Trace(sample, label: "label 0", $0, fate: .learned),
                Trace(sample, label: "label 0", $0, fate: .heldOut)
            )
        }
        let before = learner.learnedHash()
        #expect(try learner.learn(held) == .heldOut && learner.learnedHash() == before)
        #expect(try learner.learn(learned) == .learned && learner.learnedHash() != before)
    }
}
