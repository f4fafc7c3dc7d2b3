import Experts
import Learning
import Messages

/// Answers vectors, and learns from them or not: a learner, or a network by itself.
///
/// It lives on the loop's thread. What it learned is changed in place: nobody else may hold it.
protocol StreamModel: AnyObject {
    /// Whether records can be answered: a learner needs its keys.
    var isReady: Bool { get }
    /// How often what it answers has changed, or may have; 0 of a network.
    var revision: Int { get }
    /// Traces learned so far; 0 of a network.
    var tracesLearned: Int { get }
    /// The digests of what never changes in it; none for a network, which the stage names.
    var frozenDigests: [String] { get }
    /// What makes of vectors what it is asked with.
    var encoder: VectorEncoder { get }
    /// What a snapshot keeps of it.
    var part: any SnapshotPart { get }

    /// Answers, scores, and learns or holds out.
    ///
    /// - Parameter replies: whether the answer goes out; in a silent replay it does not.
    /// - Throws: a ``Rejection`` when it cannot be learned.
    func process(
        _ asked: Chunk.Asked, _ encoded: EncodedSample, replies: Bool
    ) throws(Rejection) -> (use: Outcome.Use, reply: Reply?)

    /// Takes a learned sample back.
    func unlearn(_ sample: LearnerSample, _ encoded: EncodedSample) throws(Rejection)

    /// Changes what was learned of a class.
    func follow(_ instruction: Instruction) throws(Rejection)

    /// What answers on another thread as it does now; nil when it has no answers of its own. Asking changes nothing.
    func view() -> StreamView?

    /// What there is quickly to tell of it now; asking changes nothing.
    func report() -> ModelReport

    /// Asks the held-out samples about this moment, on any thread and while the model goes on; nil for a model that holds
    /// nothing out. As long as ``revision`` and the number of labelled samples stay, so does what they say.
    func heldOutReporter() -> (@Sendable () -> HeldOutReport)?

    /// Makes the keys.
    ///
    /// - Parameter vectors: one after the other.
    /// - Returns: what there is to say of them.
    func makeKeys(from vectors: [Float]) throws -> String
}
