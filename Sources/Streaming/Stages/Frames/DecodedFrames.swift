import Digests
import KafkaBasics
import Messages

/// Some neighbouring records of frames, decoded: the part that depends on no session, done on any core.
struct DecodedFrames: Sendable {
    /// The frames of one record, or the reason why it cannot be used.
    struct Item: Sendable {
        let record: LogRecord
        let content: Result<Frame, Rejection>
        /// A hash of the value, by which the record is known when it comes again.
        var hash: UInt64?
    }

    /// In the order of the records.
    private(set) var items: [Item] = []

    /// Decodes records.
    init(_ records: ArraySlice<LogRecord>, decoder: FrameDecoder) {
        items.reserveCapacity(records.count)
        for record in records {
            let hasHeaders = record.hasHeaders
            do throws(Rejection) {
                let frame = try decoder.decode(value: record.value, key: record.key) { name in
                    hasHeaders ? record.header(named: name).map(Array.init) : nil
                }
                items.append(
                    Item(
                        record: record, content: .success(frame),
                        hash: record.value.map { XXHash64.hash($0, seed: 0) }))
            } catch {
                items.append(Item(record: record, content: .failure(error)))
            }
        }
    }
}
