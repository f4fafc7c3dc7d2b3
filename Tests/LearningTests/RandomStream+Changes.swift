import Learning
import Tensors

extension RandomStream {
    /// What was done to a learner with traces.
    enum Change {
        case learned(Trace)
        case unlearned(Trace)
    }

    /// Goes through the stream with `process`, takes a sample back now and then, and notes all changes.
    func changes(_ learner: inout Learner, _ kind: Kind) throws -> [Change] {
        let encoded = try learner.encoder.encode(vectors)
        var random = RandomGenerator(seed: 99)
        var changes: [Change] = []
        var known: [Trace] = []
        for (row, sample) in samples.enumerated() {
            try encoded.withSample(row) { encoded in
                if let trace = try learner.trace(of: sample, encoded) {
                    changes.append(.learned(trace))
                    if trace.fate == .learned { known.append(trace) }
                }
                _ = try learner.process(sample, encoded)
            }
            if kind.unlearns, !known.isEmpty, random.below(20) == 0 {
                let trace = known.remove(at: random.below(known.count))
                try learner.unlearn(trace)
                changes.append(.unlearned(trace))
            }
        }
        return changes
    }
}
