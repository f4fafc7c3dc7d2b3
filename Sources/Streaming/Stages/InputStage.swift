import Experts
import KafkaBasics
import Messages

/// Vectors to what a model is asked with: the frozen part, on any core.
typealias VectorEncoder = @Sendable ([Float]) throws -> EncodedBatch

/// Turns records into vectors, as far as nothing that was learned is needed: samples, or frames of sessions.
///
/// It lives on the loop's thread. A batch of records is taken with ``take(_:)``, and handed out in portions.
protocol InputStage: AnyObject {
    /// How long records may wait for others, to be worked on together.
    var patience: Duration { get }
    /// The values that a model is asked with.
    var vectorLength: Int { get }
    /// The digests of what never changes in it, which name the model; none for samples as they are.
    var frozenDigests: [String] { get }
    /// What a snapshot keeps of it.
    var part: any SnapshotPart { get }

    /// What there is to tell of it now.
    func metrics() -> [Metric]

    /// Begins with records, in order, after all before were handed out.
    func take(_ records: [LogRecord])

    /// The next portion, in order, encoded on all cores; nil when all was handed out.
    ///
    /// - Parameter encode: what the model makes of vectors now. It may be another for the next portion: keys may have
    ///   been made.
    func next(_ encode: VectorEncoder) throws -> [Chunk]?
}
