import Evaluation
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

    /// In the order of the records.
    private(set) var items: [Item] = []
    /// The vectors of the sound records that have one, [rows][dimension].
    private(set) var vectors: [Float] = []
    /// The vectors encoded; nil while there are no keys.
    private(set) var encoded: EncodedBatch?

    /// Decodes records.
    init(_ records: ArraySlice<Record>, decoder: SampleDecoder) {
        items.reserveCapacity(records.count)
        vectors.reserveCapacity(records.count * decoder.dimension)
        for record in records {
            let hasHeaders = record.hasHeaders
            do throws(Rejection) {
                let decoded = try decoder.decode(value: record.value) { name in
                    hasHeaders ? record.header(named: name).map(Array.init) : nil
                }
                items.append(
                    Item(record: record, content: .success(content(decoded, record, decoder.dimension))))
            } catch {
                items.append(Item(record: record, content: .failure(error)))
            }
        }
    }

    private mutating func content(_ decoded: SampleRecord, _ record: Record, _ dimension: Int) -> Content {
        let source = SampleSource(topic: record.topic, partition: record.partition, offset: record.offset)
        let row = vectors.count / dimension
        switch decoded {
        case .sample(let sample):
            vectors.append(contentsOf: sample.features)
            return .sample(
                LearnerSample(
                    id: sample.id, label: sample.label, weight: sample.weight, role: Self.role(sample.role),
                    source: source), row: row, wantsReasons: sample.wantsReasons)
        case .instruction(.unlearn(let id, let features, let label, let weight)):
            vectors.append(contentsOf: features)
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
    var rows: Int { items.count { if case .success(.sample) = $0.content { true } else { false } } }

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
