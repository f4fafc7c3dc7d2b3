import Evaluation
import Experts
import KafkaBasics
import Learning
import Messages

/// Some neighbouring records, decoded, with the vectors of the sound ones encoded: the part of the work that depends on
/// nothing that was learned, done on any core.
package struct Chunk: Sendable {
    /// What a sound record asks for.
    package enum Content: Sendable {
        /// Answers, and perhaps learning: places among ``asked``, one for a sample, any number for frames.
        case asked(Range<Int>)
        /// A learned sample to be taken back, by its row among the vectors.
        case unlearn(LearnerSample, row: Int)
        /// A class to be forgotten, renamed or merged.
        case instruction(Instruction)
    }

    /// One record with what it asks for, or the reason why it cannot be used.
    package struct Item: Sendable {
        package let record: LogRecord
        package let content: Result<Content, Rejection>

        package init(record: LogRecord, content: Result<Content, Rejection>) {
            self.record = record
            self.content = content
        }
    }

    /// One thing that is asked: a sample, or a frame of a record.
    package struct Asked: Sendable {
        /// As the learner sees it.
        package let sample: LearnerSample
        /// The row among the vectors.
        let row: Int
        let wantsReasons: Bool
        /// Which frame it is; nil for a sample.
        let place: FramePlace?

        package init(sample: LearnerSample, row: Int, wantsReasons: Bool, place: FramePlace?) {
            self.sample = sample
            self.row = row
            self.wantsReasons = wantsReasons
            self.place = place
        }
    }

    /// In the order of the records.
    package private(set) var items: [Item]
    /// What the records ask, in their order.
    package let asked: [Asked]
    /// The vectors of the sound records that have one, encoded.
    package private(set) var batch: EncodedBatch

    /// Records whose vectors are not encoded yet.
    package init(items: [Item], asked: [Asked], vectors: [Float], width: Int) {
        self.items = items
        self.asked = asked
        batch = EncodedBatch(plain: vectors, width: width)
    }

    /// Encodes the vectors, which it always has.
    mutating func encode(_ encode: VectorEncoder) throws { batch = try encode(batch.vectors) }

    /// The number of samples that keys can be made from.
    var rows: Int { asked.count }

    /// The chunk without the records that cannot be used.
    func soundOnly() -> Chunk {
        var result = self
        result.items = items.filter { if case .success = $0.content { true } else { false } }
        return result
    }

    static func role(_ role: Messages.SampleRole) -> Evaluation.SampleRole {
        switch role {
        case .auto: .auto
        case .train: .train
        case .holdout: .holdout
        }
    }
}
