import Experts
import KafkaBasics
import Learning
import Messages

/// Records that are samples, or instructions, as they are.
final class SampleStage: InputStage {
    private let decoder: SampleDecoder
    private let workers: Int
    private var records: [LogRecord] = []

    init(decoder: SampleDecoder, workers: Int) {
        self.decoder = decoder
        self.workers = workers
    }

    var patience: Duration { .zero }
    var vectorLength: Int { decoder.dimension }
    /// What decodes the records, for the headers of dead letters.
    static let decoderName = "Messages.SampleDecoder"
    var frozenDigests: [String] { [] }
    var part: any SnapshotPart { EmptyPart() }

    func metrics() -> [Metric] { [] }

    func take(_ records: [LogRecord]) { self.records = records }

    func next(_ encode: VectorEncoder) throws -> [Chunk]? {
        guard !records.isEmpty else { return nil }
        defer { records = [] }
        let (records, decoder) = (records, decoder)
        return try ChunkWork.chunks(of: records.count, workers: workers, encode) {
            Self.decoded(records[$0], decoder)
        }
    }

    private static func decoded(_ records: ArraySlice<LogRecord>, _ decoder: SampleDecoder) -> Chunk {
        var items: [Chunk.Item] = []
        var asked: [Chunk.Asked] = []
        var vectors: [Float] = []
        items.reserveCapacity(records.count)
        asked.reserveCapacity(records.count)
        vectors.reserveCapacity(records.count * decoder.dimension)
        for record in records {
            let hasHeaders = record.hasHeaders
            do throws(Rejection) {
                let row = vectors.count / decoder.dimension
                let decoded = try decoder.decode(
                    value: record.value,
                    header: { hasHeaders ? record.header(named: $0).map(Array.init) : nil }, into: &vectors)
                let content: Chunk.Content
                switch decoded {
                case .sample(let sample):
                    asked.append(Self.asked(sample, of: record, row: row))
                    content = .asked((asked.count - 1)..<asked.count)
                case .instruction(.unlearn(let id, _, let label, let weight)):
                    content = .unlearn(LearnerSample(id: id, label: label, weight: weight), row: row)
                case .instruction(let instruction):
                    content = .instruction(instruction)
                }
                items.append(Chunk.Item(record: record, content: .success(content)))
            } catch {
                items.append(Chunk.Item(record: record, content: .failure(error)))
            }
        }
        return Chunk(items: items, asked: asked, vectors: vectors, width: decoder.dimension)
    }

    private static func asked(_ sample: Sample, of record: LogRecord, row: Int) -> Chunk.Asked {
        Chunk.Asked(
            sample: LearnerSample(
                id: sample.id, label: sample.label, weight: sample.weight, role: Chunk.role(sample.role),
                source: SampleSource(
                    topic: record.place.topic, partition: record.place.partition, offset: record.offset)),
            row: row, wantsReasons: sample.wantsReasons, place: nil)
    }
}
