import Learning
import Memory
import Testing

/// Traces that are taken back, those that do not fit, and what counts the changes.
@Suite struct TakingBackTests {
    @Test(
        "A trace taken back was never learned", arguments: RandomStream.seeds,
        RandomStream.Kind.allCases.filter(\.unlearns))
    func unlearning(seed: UInt64, kind: RandomStream.Kind) throws {
        let stream = RandomStream(seed: seed)
        var learner = try stream.learner(kind) { $0.ensemble.exemplarsPerClass = 500 }
        let encoded = try learner.encoder.encode(stream.vectors)
        var traces: [Trace] = []
        for (row, sample) in stream.samples.enumerated() {
            try encoded.withSample(row) { encoded in
                if row >= 300, let trace = try learner.trace(of: sample, encoded) {
                    traces.append(trace)
                } else {
                    _ = try learner.process(sample, encoded)
                }
            }
        }
        let (before, items) = (learner.learnedHash(), learner.holdOuts.itemCount)
        let tracesLearned = learner.tracesLearned
        for trace in traces { try learner.learn(trace) }
        #expect(learner.learnedHash() != before)
        let revision = learner.revision
        var taken = 0
        for trace in traces.reversed() {
            let isTaken = (try? learner.unlearn(trace)) != nil
            // The second of two that are held out under one name has left nothing.
            #expect(isTaken || trace.fate == .heldOut)
            if isTaken { taken += 1 }
        }
        #expect(learner.learnedHash() == before, "seed \(seed)")
        #expect(learner.holdOuts.itemCount <= items && learner.tracesLearned == tracesLearned)
        #expect(learner.revision == revision + taken)
        let never = encoded.withSample(0) {
            Trace(LearnerSample(id: "never", weight: 1_000), label: "label 0", $0, fate: .learned)
        }
        let unknown = encoded.withSample(0) {
            Trace(LearnerSample(id: "never"), label: "never met", $0, fate: .heldOut)
        }
        let state = try learner.stateHash()
        #expect(throws: MemoryError.self) { try learner.unlearn(never) }
        #expect(throws: MemoryError.self) { try learner.unlearn(unknown) }
        #expect(try learner.stateHash() == state)
    }

    @Test("A trace of another learner is refused, and changes nothing", arguments: RandomStream.Kind.allCases)
    func misfits(kind: RandomStream.Kind) throws {
        let stream = RandomStream(seed: 9)
        var learner = try stream.learner(kind) { $0.classLimit = 6 }
        _ = try stream.changes(&learner, kind)
        var others = [
            try stream.learner(kind) { $0.memory.codebooks = 9 },
            try stream.learner(kind) { $0.memory.keys = 200 },
        ]
        if kind != .sgd { others.append(try stream.learner(.sgd)) }
        let before = try learner.stateHash()
        for other in others {
            let foreign = try #require(try foreign(other, stream))
            #expect { try learner.learn(foreign) } throws: { ($0 as? LearnerError)?.code == .trace }
            #expect(throws: MemoryError.self) { try learner.unlearn(foreign) }
        }
        let encoded = try learner.encoder.encode(Array(stream.vectors[..<RandomStream.dimension]))
        for weight in [0, -1, 1_000_001] {
            let sample = LearnerSample(id: "x", label: "label 0", weight: weight)
            let trace = encoded.withSample(0) { Trace(sample, label: "label 0", $0, fate: .learned) }
            #expect { try learner.learn(trace) } throws: { ($0 as? LearnerError)?.code == .trace }
        }
        let new = encoded.withSample(0) {
            Trace(LearnerSample(id: "x"), label: "one class too many", $0, fate: .learned)
        }
        #expect { try learner.learn(new) } throws: { ($0 as? LearnerError)?.code == .classLimit }
        #expect { try learner.score(LearnerSample(id: "x", label: new.label), .nothing) } throws: {
            ($0 as? LearnerError)?.code == .classLimit
        }
        #expect(try learner.stateHash() == before)
        var early = try Learner(configuration: learner.configuration)
        #expect { try early.learn(new) } throws: { ($0 as? LearnerError)?.code == .trace }
    }

    /// A trace that is learned; with more keys one that has a code beyond those of the other learners.
    private func foreign(_ learner: Learner, _ stream: RandomStream) throws -> Trace? {
        let encoded = try learner.encoder.encode(stream.vectors)
        for (row, sample) in stream.samples.enumerated() where sample.label != nil {
            let trace = encoded.withSample(row) {
                Trace(sample, label: "label 0", $0, fate: .learned)
            }
            let largest = trace.codes.max() ?? 0
            if learner.configuration.memory.keys == 20 || largest >= 20 { return trace }
        }
        return nil
    }

    @Test("Room serves any learner")
    func room() throws {
        let stream = RandomStream(seed: 10)
        var room = AnswerRoom()
        for kind in RandomStream.Kind.allCases + RandomStream.Kind.allCases.reversed() {
            var learner = try stream.learner(kind) { $0.ensemble.features = kind == .neighbours ? 700 : 48 }
            _ = try stream.changes(&learner, kind)
            let encoded = try learner.encoder.encode(stream.vectors)
            for row in 0..<50 {
                encoded.withSample(row) { #expect(learner.predict($0, &room) == learner.predict($0)) }
            }
        }
    }

    @Test("The revision counts every change of what is answered, and is kept")
    func revision() throws {
        let stream = RandomStream(seed: 11)
        var learner = try stream.learner(.standard)
        #expect(learner.revision == 1)
        _ = try stream.changes(&learner, .standard)
        let revision = learner.revision
        #expect(revision > learner.tracesLearned)
        try learner.renameClass("label 1", to: "one")
        try learner.mergeClass("one", into: "label 2")
        try learner.deleteClass("label 3")
        #expect(learner.revision == revision + 3)
        #expect(throws: MemoryError.self) { try learner.deleteClass("label 3") }
        #expect(learner.revision == revision + 3)

        var snapshot = try learner.snapshot()
        let restored = try Learner(restoring: snapshot, configuration: learner.configuration)
        #expect(try restored.revision == learner.revision && restored.stateHash() == learner.stateHash())
        // Snapshots of before: first the number of traces was called otherwise, then there was no revision.
        let traces = learner.tracesLearned
        snapshot.metadata["learner"] = snapshot.metadata["learner"]?
            .replacing("\"tracesLearned\":\(traces)", with: "\"version\":\(traces)")
        let older = try Learner(restoring: snapshot, configuration: learner.configuration)
        #expect(older.tracesLearned == traces && older.revision == learner.revision)
        #expect(try older.stateHash() == learner.stateHash())
        snapshot.metadata["learner"] = snapshot.metadata["learner"]?
            .replacing("\"revision\":\(learner.revision),", with: "")
        let oldest = try Learner(restoring: snapshot, configuration: learner.configuration)
        #expect(oldest.tracesLearned == traces && oldest.revision == traces)
        #expect(oldest.learnedHash() == learner.learnedHash())
        snapshot.metadata["learner"] = snapshot.metadata["learner"]?
            .replacing(",\"version\":\(traces)", with: "")
        #expect {
            try Learner(restoring: snapshot, configuration: learner.configuration)
        } throws: { ($0 as? LearnerError)?.message.contains("how many traces") == true }
    }
}
