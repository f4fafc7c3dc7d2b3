import Experts
import Memory

extension Learner {
    /// Takes a trace back: counts and sums are then, to the bit, as if it had never come, and so are the answers, up to
    /// the choice of exemplars where another had given way to it. One that was held out is held out no more. Metrics keep
    /// what was measured.
    ///
    /// - Throws: `MemoryError` when the readout is `sgd` or counts fade, or the trace was never learned; then nothing has
    ///   changed.
    public mutating func unlearn(_ trace: Trace) throws(MemoryError) {
        if let fault = misfit(of: trace) { throw MemoryError(.unlearning, fault) }
        let classIndex = try learned(trace.label)
        switch trace.fate {
        case .heldOut:
            guard letGo(trace.id) else {
                throw MemoryError(.unlearning, "nothing is kept of the held-out sample \(trace.id)")
            }
        case .learned:
            try trace.withSample(features: features(of: trace)) { (encoded) throws(MemoryError) in
                try takeBack(encoded, classIndex: classIndex, weight: trace.weight, id: trace.id)
            }
        }
    }

    /// Takes a sample back of which is not known whether it was held out: then it is let go, or else its trace is taken
    /// back as by ``unlearn(_:)``.
    ///
    /// - Parameters:
    ///   - sample: its id, label and weight as they were learned.
    ///   - encoded: the same embedding.
    /// - Throws: `MemoryError` when the readout is `sgd` or counts fade, or the sample was never learned; then nothing
    ///   has changed.
    public mutating func unlearn(_ sample: LearnerSample, _ encoded: EncodedSample) throws(MemoryError) {
        let classIndex = try learned(sample.label)
        // A held-out sample was never learned: letting it go is all there is to do.
        if letGo(sample.id) { return }
        try takeBack(encoded, classIndex: classIndex, weight: sample.weight, id: sample.id)
    }

    private func learned(_ label: String?) throws(MemoryError) -> Int {
        guard let label, let classIndex = knowledge.classes.index(of: label) else {
            throw MemoryError(.unlearning, "nothing with this label was ever learned")
        }
        return classIndex
    }

    private mutating func letGo(_ id: String) -> Bool {
        guard holdOuts.remove(sampleID: id) else { return false }
        knowledge.revision += 1
        return true
    }

    private mutating func takeBack(
        _ encoded: EncodedSample, classIndex: Int, weight: Int, id: String
    ) throws(MemoryError) {
        try knowledge.memory.unlearn(encoded.codes, classIndex: classIndex, weight: weight)
        knowledge.ensemble?.unlearn(encoded, classIndex: classIndex, weight: weight, id: id)
        knowledge.tracesLearned -= 1
        knowledge.revision += 1
    }

    /// Forgets a class: its counts exactly, its exemplars, hold-outs and mean; see `Moments` for what stays of its
    /// scatter. The label can be learned anew.
    ///
    /// - Throws: `MemoryError` when the readout is `sgd`, or nothing of the class is known.
    public mutating func deleteClass(_ label: String) throws(MemoryError) {
        let classIndex = try known(label)
        try knowledge.memory.remove(classIndex: classIndex)
        knowledge.ensemble?.remove(classIndex: classIndex)
        holdOuts.remove(classIndex: classIndex)
        knowledge.revision += 1
    }

    /// Makes all that was learned of one class learned of another, exactly. The hold-outs of the first are let go.
    ///
    /// - Throws: `MemoryError` when the readout is `sgd`, or nothing of one of the classes is known.
    public mutating func mergeClass(_ label: String, into other: String) throws(MemoryError) {
        let classIndex = try known(label)
        let target = try known(other)
        guard classIndex != target else {
            throw MemoryError(.unlearning, "a class cannot be merged into itself; name another one")
        }
        try knowledge.memory.merge(classIndex, into: target)
        knowledge.ensemble?.merge(classIndex, into: target)
        holdOuts.remove(classIndex: classIndex)
        knowledge.revision += 1
    }

    /// Gives a class another label.
    ///
    /// - Throws: `MemoryError` when nothing of the class is known, or the new label is another class already: then
    ///   merge them.
    public mutating func renameClass(_ label: String, to new: String) throws(MemoryError) {
        let classIndex = try known(label)
        guard knowledge.classes.rename(classIndex, to: new) else {
            throw MemoryError(
                .unlearning, "the new label is that of another class; merge into it instead")
        }
        knowledge.revision += 1
    }

    private func known(_ label: String) throws(MemoryError) -> Int {
        guard let index = knowledge.classes.index(of: label),
            knowledge.memory.readout.counts?.hasLearned(index) ?? true
        else {
            throw MemoryError(.unlearning, "nothing with this label is learned")
        }
        return index
    }
}
