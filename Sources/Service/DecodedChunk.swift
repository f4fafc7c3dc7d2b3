import Evaluation
import Kafka
import Learning
import Memory
import Messages

/// Some neighbouring records, decoded, with the codes of the sound ones: the part of the work that depends on
/// nothing that was learned, done on any core.
struct DecodedChunk: Sendable {
    /// One record with its sample, or the reason why there is none.
    struct Item: Sendable {
        let record: Record
        let sample: Result<LearnerSample, Rejection>
    }

    /// In the order of the records.
    private(set) var items: [Item] = []
    /// The vectors of the sound samples, [sound][dimension].
    private(set) var vectors: [Float] = []
    /// The codes of the sound samples, [sound][C][T]; empty while there are no keys.
    private(set) var codes: [UInt16] = []

    /// Decodes records.
    init(_ records: ArraySlice<Record>, decoder: SampleDecoder) {
        items.reserveCapacity(records.count)
        vectors.reserveCapacity(records.count * decoder.dimension)
        for record in records {
            let hasHeaders = record.hasHeaders
            do throws(Rejection) {
                let sample = try decoder.decode(value: record.value) { name in
                    hasHeaders ? record.header(named: name).map(Array.init) : nil
                }
                vectors.append(contentsOf: sample.features)
                items.append(
                    Item(
                        record: record,
                        sample: .success(
                            LearnerSample(
                                id: sample.id, label: sample.label, weight: sample.weight,
                                role: Self.role(sample.role)))))
            } catch {
                items.append(Item(record: record, sample: .failure(error)))
            }
        }
    }

    private static func role(_ role: Messages.SampleRole) -> Evaluation.SampleRole {
        switch role {
        case .auto: .auto
        case .train: .train
        case .holdout: .holdout
        }
    }

    /// The chunk without the records that cannot be used.
    func soundOnly() -> DecodedChunk {
        var result = self
        result.items = items.filter { if case .success = $0.sample { true } else { false } }
        return result
    }

    /// Finds the codes of the sound samples.
    mutating func encode(_ memory: Bottleneck) throws {
        codes = try memory.encode(vectors, rows: vectors.count / memory.dimension)
    }
}
