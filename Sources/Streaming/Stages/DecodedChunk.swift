import Evaluation
import Experts
import Kafka
import Learning
import Memory
import Messages

/// Some neighbouring records, decoded, with the sound ones encoded: the part of the work that depends on nothing that
/// was learned, done on any core.
struct DecodedChunk: Sendable {
    /// What a sound record asks for.
    enum Content: Sendable {
        /// A sample to be answered and perhaps learned, by its row among the vectors.
        case sample(LearnerSample, row: Int, wantsReasons: Bool)
        /// Frames to be answered and perhaps learned, by their places among ``answered``.
        case frames(Range<Int>)
        /// A learned sample to be taken back, by its row among the vectors.
        case unlearn(LearnerSample, row: Int)
        /// A class to be forgotten, renamed or merged.
        case instruction(Instruction)
    }

    /// One record with what it asks for, or the reason why it cannot be used.
    struct Item: Sendable {
        let record: Record
        let content: Result<Content, Rejection>
    }

    /// A frame to be answered.
    struct AnsweredFrame: Sendable {
        /// As the learner sees it.
        let sample: LearnerSample
        let place: FramePlace
        let wantsReasons: Bool
        /// The row of the network's output among the vectors.
        let row: Int
    }

    /// In the order of the records.
    private(set) var items: [Item] = []
    /// The vectors of the sound records that have one, [rows][dimension].
    private(set) var vectors: [Float] = []
    /// The frames of ``Content/frames(_:)``.
    private(set) var answered: [AnsweredFrame] = []
    /// The vectors encoded; nil while there are no keys.
    private(set) var encoded: EncodedBatch?

    /// Decodes records.
    init(_ records: ArraySlice<Record>, decoder: SampleDecoder) {
        items.reserveCapacity(records.count)
        vectors.reserveCapacity(records.count * decoder.dimension)
        for record in records {
            let hasHeaders = record.hasHeaders
            do throws(Rejection) {
                let row = vectors.count / decoder.dimension
                let decoded = try decoder.decode(
                    value: record.value,
                    header: { hasHeaders ? record.header(named: $0).map(Array.init) : nil }, into: &vectors)
                items.append(Item(record: record, content: .success(Self.content(decoded, record, row))))
            } catch {
                items.append(Item(record: record, content: .failure(error)))
            }
        }
    }

    /// Takes the outputs of some neighbouring records of frames as the vectors.
    ///
    /// - Parameter receptiveField: the number of frames that an output depends on.
    init(_ frames: SteppedFrames, items range: Range<Int>, receptiveField: Int) {
        let width = frames.outputWidth
        items.reserveCapacity(range.count)
        for item in frames.items[range] {
            let record = item.decoded.record
            switch item.decoded.content {
            case .failure(let rejection):
                items.append(Item(record: record, content: .failure(rejection)))
            case .success(let frame):
                let first = answered.count
                let source = SampleSource(
                    topic: record.topic, partition: record.partition, offset: record.offset)
                for (number, row) in item.rows.enumerated() where frames.emitted[row] {
                    let sequence = item.firstSequence + Int64(number)
                    answered.append(
                        AnsweredFrame(
                            sample: LearnerSample(
                                id: "\(frame.session)/\(sequence)", label: frame.label,
                                role: Self.role(frame.role), source: source),
                            place: FramePlace(
                                session: frame.session, sequence: sequence,
                                isWarming: item.firstSeen + number < receptiveField),
                            wantsReasons: frame.wantsReasons, row: vectors.count / width))
                    vectors.append(contentsOf: frames.outputs[(row * width)..<((row + 1) * width)])
                }
                items.append(Item(record: record, content: .success(.frames(first..<answered.count))))
            }
        }
    }

    private static func content(_ decoded: SampleRecord, _ record: Record, _ row: Int) -> Content {
        let source = SampleSource(topic: record.topic, partition: record.partition, offset: record.offset)
        switch decoded {
        case .sample(let sample):
            return .sample(
                LearnerSample(
                    id: sample.id, label: sample.label, weight: sample.weight, role: role(sample.role),
                    source: source), row: row, wantsReasons: sample.wantsReasons)
        case .instruction(.unlearn(let id, _, let label, let weight)):
            return .unlearn(LearnerSample(id: id, label: label, weight: weight), row: row)
        case .instruction(let instruction):
            return .instruction(instruction)
        }
    }

    private static func role(_ role: Messages.SampleRole) -> Evaluation.SampleRole {
        switch role {
        case .auto: .auto
        case .train: .train
        case .holdout: .holdout
        }
    }

    /// The number of samples that keys can be made from.
    var rows: Int {
        answered.count + items.count { if case .success(.sample) = $0.content { true } else { false } }
    }

    /// The chunk without the records that cannot be used.
    func soundOnly() -> DecodedChunk {
        var result = self
        result.items = items.filter { if case .success = $0.content { true } else { false } }
        return result
    }

    /// Encodes the vectors.
    mutating func encode(_ encoder: SampleEncoder) throws {
        encoded = try encoder.encode(vectors)
    }
}
