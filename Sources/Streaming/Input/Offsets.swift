import KafkaBasics

/// By place of the log an offset.
public typealias Offsets = [TopicPartition: Int64]

/// Asks for the offset of one record after another: neighbouring records are mostly of one place, and a place is looked
/// up once for all of them.
struct OffsetLookup {
    private let offsets: Offsets
    private var place: TopicPartition?
    private var offset: Int64 = 0

    init(_ offsets: Offsets) { self.offsets = offsets }

    /// The offset of a record's place, 0 when there is none.
    mutating func offset(at record: LogRecord) -> Int64 {
        if let place, place == record.place { return offset }
        place = record.place
        offset = offsets[record.place] ?? 0
        return offset
    }
}
