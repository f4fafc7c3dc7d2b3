import Evaluation
import Experts
import Memory

/// Predict, score, learn: all that happens to a learner is made of these.
extension Learner {
    /// Predicts, scores and learns one sample, in this order: ``trace(of:_:)``, ``settle()``, ``predict(_:)``,
    /// ``score(_:_:)`` and ``learn(_:)``, without the trace's arrays being made.
    ///
    /// A sample without a label is only predicted. A held-out one is predicted and scored, never learned.
    ///
    /// - Parameter encoded: the sample as ``encoder`` gives it.
    /// - Throws: ``LearnerError`` when the label would be one class too many, or sums are full; then nothing has
    ///   changed.
    public mutating func process(
        _ sample: LearnerSample, _ encoded: EncodedSample
    ) throws(LearnerError) -> Outcome {
        let fate = try fate(of: sample)
        settle()
        let answer = knowledge.answer(encoded, &room)
        try score(sample, answer)
        guard let label = sample.label, let fate else { return Outcome(answer: answer, use: .predicted) }
        return Outcome(answer: answer, use: learn(sample, label: label, encoded, fate: fate))
    }

    // MARK: What a sample will teach

    /// What a labelled sample will teach, with the decision about holding it out; nil without a label. Changes nothing.
    ///
    /// The decision is that of this moment: learn the trace before other traces.
    ///
    /// - Throws: ``LearnerError`` when the label would be one class too many, or sums are full.
    public func trace(
        of sample: LearnerSample, _ encoded: EncodedSample
    ) throws(LearnerError) -> Trace? {
        guard let label = sample.label, let fate = try fate(of: sample) else { return nil }
        return Trace(sample, label: label, encoded, fate: fate)
    }

    /// Whether a sample is to be held out; nil without a label.
    private func fate(of sample: LearnerSample) throws(LearnerError) -> Trace.Fate? {
        guard let label = sample.label else { return nil }
        let known = knowledge.classes.index(of: label)
        try checkLimit(label, isKnown: known != nil)
        try checkSums()
        // An unknown label will be the next class.
        let isHeldOut = holdOuts.wouldDivert(
            sampleID: sample.id, classIndex: known ?? knowledge.classes.count, role: sample.role,
            partition: sample.partition)
        return isHeldOut ? .heldOut : .learned
    }

    private func checkLimit(_ label: String, isKnown: Bool) throws(LearnerError) {
        guard isKnown || knowledge.classes.count < configuration.classLimit else {
            throw LearnerError(
                .classLimit,
                "its label would be class number \(knowledge.classes.count + 1); the limit classLimit is \(configuration.classLimit)"
            )
        }
    }

    private func checkSums() throws(LearnerError) {
        guard knowledge.ensemble?.isFull != true else {
            throw LearnerError(
                .full,
                "the sums of squares that the experts keep have reached 2^52 and would no longer be exact; go on with smaller weights in a new snapshots.folder"
            )
        }
    }

    // MARK: Predicting

    /// What the learner says of a sample. Changes nothing.
    public func predict(_ encoded: EncodedSample) -> Answer { knowledge.predict(encoded) }

    /// The same with room that is kept from sample to sample. Changes nothing but the room.
    public func predict(_ encoded: EncodedSample, _ room: inout AnswerRoom) -> Answer {
        knowledge.predict(encoded, &room)
    }

    /// Why the learner answers a sample as it does; nil before anything was learned. Changes nothing.
    ///
    /// - Parameter count: the number of prototypes and of codebooks on each side.
    public func explain(_ encoded: EncodedSample, count: Int = 5) -> Explanation? {
        knowledge.explain(encoded, count: count)
    }

    /// Solves anew if something was taken back, so that no answer knows of it. No answer changes: ``predict(_:)`` does
    /// the same for itself, and settling spares it that.
    public mutating func settle() { knowledge.settle() }

    /// Solves for the experts and their weights with all that is known now. It happens by itself from time to time;
    /// before an examination it makes the answers those of all that was learned.
    public mutating func refresh() {
        knowledge.ensemble?.refresh(knowledge.memory)
        knowledge.revision += 1
    }

    // MARK: Scoring

    /// Notes how good an answer was that was given before the sample is learned. Moves metrics, not the model.
    ///
    /// - Throws: ``LearnerError`` when the label would be one class too many; then nothing has changed.
    public mutating func score(_ sample: LearnerSample, _ answer: Answer) throws(LearnerError) {
        guard let label = sample.label else {
            samples += 1
            return
        }
        let known = knowledge.classes.index(of: label)
        try checkLimit(label, isKnown: known != nil)
        samples += 1
        let classIndex = known ?? open(label)
        prequential.record(actual: classIndex, predicted: answer.best?.index, weight: sample.weight)
        guard let candidate = answer.candidate else { return }
        calibration.record(
            confidence: candidate.probability, uncalibrated: answer.uncalibrated,
            isRight: candidate.index == classIndex, isUnknown: answer.isUnknown,
            rightExperts: answer.opinions.map { $0 == classIndex })
    }

    // MARK: Learning

    /// Learns a trace, or holds it out, as it says: whoever learns the same traces in the same order knows the same.
    /// Changes the model, not the metrics of answers.
    ///
    /// - Throws: ``LearnerError`` when the label would be one class too many, sums are full, or the trace is of a learner
    ///   of other sizes; then nothing has changed.
    @discardableResult
    public mutating func learn(_ trace: Trace) throws(LearnerError) -> Outcome.Use {
        try checkLimit(trace.label, isKnown: knowledge.classes.index(of: trace.label) != nil)
        try checkSums()
        if let fault = misfit(of: trace) { throw LearnerError(.trace, fault) }
        let sample = LearnerSample(
            id: trace.id, label: trace.label, weight: trace.weight, source: trace.source)
        return trace.withSample(features: features(of: trace)) {
            learn(sample, label: trace.label, $0, fate: trace.fate)
        }
    }

    /// What keeps a trace from being learned or taken back by this learner; nil if nothing does.
    func misfit(of trace: Trace) -> String? {
        guard let keys = knowledge.memory.frozenKeys else {
            return "the trace \(trace.id) comes before there are keys; make these first"
        }
        guard (1...Trace.Limits.weight).contains(trace.weight) else {
            return "the trace \(trace.id) counts \(trace.weight) times; it must be 1...\(Trace.Limits.weight)"
        }
        let steps = trace.fate == .learned && knowledge.ensemble != nil ? configuration.dimension : 0
        let values = trace.fate == .heldOut ? configuration.dimension : 0
        guard trace.codes.count == keys.codesPerRecord, trace.steps.count == steps,
            trace.vector.count == values, trace.codes.allSatisfy({ $0 < configuration.memory.keys })
        else {
            return
                "the trace \(trace.id) is of a learner of other sizes: it has \(trace.codes.count) codes, \(trace.steps.count) steps and a vector of \(trace.vector.count); \(keys.codesPerRecord) codes below \(configuration.memory.keys), \(steps) steps and a vector of \(values) are needed"
        }
        return nil
    }

    /// The random features of a trace that is learned, where an expert needs them.
    func features(of trace: Trace) -> [UInt8] {
        guard trace.fate == .learned else { return [] }
        return knowledge.ensemble?.frozen?.features(of: trace.steps) ?? []
    }

    /// The class of a label, which may be a new one: by gradient descent, a class that is not learned yet takes part in
    /// every answer.
    private mutating func open(_ label: String) -> Int {
        let known = knowledge.classes.count
        let index = knowledge.classes.open(label)
        guard knowledge.classes.count > known else { return index }
        // Learned by a later sample, perhaps; a snapshot taken before then has a value for each label.
        knowledge.memory.growClasses(to: knowledge.classes.count)
        knowledge.revision += 1
        return index
    }

    /// Learns a sample or holds it out.
    private mutating func learn(
        _ sample: LearnerSample, label: String, _ encoded: EncodedSample, fate: Trace.Fate
    ) -> Outcome.Use {
        // Hold-outs are asked while learning, and no answer may know what was taken back.
        settle()
        let classIndex = open(label)
        labelled += 1
        switch fate {
        case .heldOut:
            holdOuts.add(
                sampleID: sample.id, classIndex: classIndex, payload: HeldSample(encoded),
                partition: sample.partition)
        case .learned:
            knowledge.memory.learn(encoded.codes, classIndex: classIndex, weight: sample.weight)
            knowledge.ensemble?.learn(
                encoded, classIndex: classIndex, weight: sample.weight, id: sample.id, source: sample.source)
            holdOuts.noteLearned(classIndex: classIndex, at: labelled, partition: sample.partition)
            knowledge.tracesLearned += 1
            knowledge.revision += 1
            knowledge.ensemble?.advance(knowledge.memory)
        }
        if holdOuts.isDue(at: labelled) { evaluateHoldOuts() }
        return fate == .learned ? .learned : .heldOut
    }
}
