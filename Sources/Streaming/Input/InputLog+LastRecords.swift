import KafkaBasics
import Log

/// Whether a topic is the one that was read.
extension InputLog {
    /// Compares the last record processed of each place with what lies there now.
    ///
    /// - Throws: ``StreamError`` when it is another.
    func checkLastRecords(_ ends: PlaceEnds) throws {
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
            if LastRecord(record) != last { throw Self.madeAnew(place, offset: last.offset) }
        }
    }

    /// What lies at an offset is another record.
    static func madeAnew(_ place: TopicPartition, offset: Int64) -> StreamError {
        StreamError(
            "\(place) has another record at offset \(offset) than the one that was processed: the topic was made anew, or has lost its end. \(advice)"
        )
    }

    /// A topic is shorter than what was read of it.
    static func madeAnew(_ place: TopicPartition, end: Int64, reached: Int64) -> StreamError {
        StreamError(
            "\(place) ends at offset \(end), but \(reached) was reached: the topic was made anew. \(advice)")
    }

    private static let advice =
        "Begin anew too, with another snapshots.folder and consumer.group, or bring the topic back"
}
