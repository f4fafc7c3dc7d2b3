import KafkaBasics
import Log

/// Whether a topic is the one that a state has read: as long at least, and with the same last records.
package struct TopicIdentity {
    private let log: any RecordLog
    private let logger: Logger

    package init(_ log: any RecordLog, logger: Logger) {
        self.log = log
        self.logger = logger
    }

    /// Refuses a topic that ends before what was reached, or has other partitions.
    ///
    /// - Throws: ``StreamError`` that says so.
    package static func check(reached: Offsets, _ ends: PlaceEnds) throws {
        for (place, offset) in reached.sorted(by: { $0.key < $1.key }) {
            let high = ends[place]?.high
            guard high ?? -1 >= offset else { throw another(place, end: high, reached: offset) }
        }
    }

    /// Refuses a topic where another record lies in the place of the last one processed. It reads; to be asked before places
    /// are assigned, or assigned anew.
    ///
    /// - Throws: ``StreamError`` that says so.
    package func check(lastRecords: [TopicPartition: LastRecord], _ ends: PlaceEnds) throws {
        // What retention has taken tells nothing.
        let asked = lastRecords.filter { place, last in
            ends[place].map { $0.low <= last.offset && last.offset < $0.high } ?? false
        }
        guard !asked.isEmpty else { return }
        let found = try log.firstRecords(at: asked.mapValues(\.offset), within: .seconds(10))
        for (place, last) in asked.sorted(by: { $0.key < $1.key }) {
            guard let record = found[place] else {
                logger.warning(
                    "the last record processed cannot be read again: whether the topic is still the same is not known",
                    LogField.place(place.topic, place.partition, last.offset))
                continue
            }
            // Compaction may have taken it.
            guard record.offset == last.offset else { continue }
            if LastRecord(record) != last { throw Self.another(place, offset: last.offset) }
        }
    }

    private static let advice =
        "Begin anew too, with another snapshots.folder and consumer.group, or bring the topic back"

    /// What lies at an offset is another record.
    static func another(_ place: TopicPartition, offset: Int64) -> StreamError {
        StreamError(
            "\(place) has another record at offset \(offset) than the one that was processed: the topic was made anew, or has lost its end. \(advice)"
        )
    }

    /// A place is shorter than what was read of it, or gone.
    static func another(_ place: TopicPartition, end: Int64?, reached: Int64) -> StreamError {
        let what = end.map { "ends at offset \($0)" } ?? "is not there"
        return StreamError("\(place) \(what), but \(reached) was reached: the topic was made anew. \(advice)")
    }

    /// A topic is not there any more.
    static func gone(_ topic: String) -> StreamError {
        StreamError(
            "the topic \(topic) was deleted while it was read. To go on with a new one of that name, begin anew with another snapshots.folder and consumer.group"
        )
    }
}
