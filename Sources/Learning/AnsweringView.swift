import Experts

/// What a learner knows at one moment, to be asked on any thread while the learner goes on.
///
/// It never changes, and answers with the bits of the learner of that moment. The tables that learning changes in place
/// were copied when it was made, so the learner never waits for who holds one and never copies a table because of it.
///
/// ```swift
/// let view = learner.view()                       // on the learner's thread; costs a copy of the counts
/// let answer = view.predict(encoded, &room)       // on any
/// ```
public struct AnsweringView: Sendable {
    private let knowledge: Knowledge

    /// - Parameter knowledge: settled and detached.
    init(_ knowledge: Knowledge) { self.knowledge = knowledge }

    /// The learner's revision when it was made. A learner of the same revision answers the same.
    public var revision: Int { knowledge.revision }

    /// The number of traces that had been learned, less those taken back.
    public var tracesLearned: Int { knowledge.tracesLearned }

    /// The labels met by then.
    public var classes: ClassTable { knowledge.classes }

    /// The frozen part, that of the learner.
    public var encoder: SampleEncoder { knowledge.encoder }

    /// What the learner says of a sample.
    public func predict(_ encoded: EncodedSample) -> Answer { knowledge.predict(encoded) }

    /// The same with room that is kept from sample to sample.
    public func predict(_ encoded: EncodedSample, _ room: inout AnswerRoom) -> Answer {
        knowledge.predict(encoded, &room)
    }

    /// Why the learner answers a sample as it does; nil before anything was learned.
    ///
    /// - Parameter count: the number of prototypes and of codebooks on each side.
    public func explain(_ encoded: EncodedSample, count: Int = 5) -> Explanation? {
        knowledge.explain(encoded, count: count)
    }

    /// The class that a held-out sample is answered with; nil for none.
    func bestClass(_ held: HeldSample, _ room: inout AnswerRoom) -> Int? {
        knowledge.bestClass(held, &room)
    }
}

extension Learner {
    /// What is known now, to be asked on any thread while the learner goes on. Changes nothing.
    ///
    /// It copies the tables that learning changes in place, in blocks on all cores. While something that was taken back
    /// is not settled it solves anew for itself, as ``predict(_:)`` does.
    public func view() -> AnsweringView { AnsweringView(knowledge.settled().detached()) }
}
