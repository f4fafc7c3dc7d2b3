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

    /// Whether topics that seemed to be gone are there, and the ones that were read; then they are read on.
    ///
    /// - Parameter since: since when they seem to be gone.
    /// - Returns: false when that cannot be told yet.
    /// - Throws: ``StreamError`` when one was deleted or made anew.
    func isSame(since: ContinuousClock.Instant) throws -> Bool {
        var ends: PlaceEnds = [:]
        do {
            for topic in topics where try log.partitions(of: topic).isEmpty {
                // A broker that has just started may not know of it yet.
                guard since.duration(to: clock.now) > .seconds(5) else {
                    clock.sleep(.milliseconds(500))
                    return false
                }
                throw StreamError(
                    "the topic \(topic) was deleted while it was read. To go on with a new one of that name, begin anew with another snapshots.folder and consumer.group"
                )
            }
            for place in positions.keys { ends[place] = try log.ends(of: place, within: .seconds(5)) }
        } catch let error as StreamError {
            throw error
        } catch {
            logger.warning("whether a topic is still the one that was read is not known: \(error)")
            clock.sleep(.milliseconds(500))
            return false
        }
        for (place, end) in ends where end.high < positions[place] ?? 0 {
            throw Self.madeAnew(place, end: end.high, reached: positions[place] ?? 0)
        }
        try checkLastRecords(ends)
        try assignAnew()
        return true
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
