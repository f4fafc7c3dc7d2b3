import KafkaBasics

/// Puts records into the order in which they are processed.
///
/// After a restart that is the journal's, as long as there is one to follow. Then it is the order of time:
/// of the places' next records the one with the earliest timestamp comes first, of equal ones that of the
/// lowest place. Within a partition the order is always the log's. So a log that is read anew is read in
/// the same order, and samples that came one class after another are learned so though they lie in several
/// partitions. A partition is waited for while it is known to have more records, but not for ever.
package struct RecordSequencer {
    /// The records of one place that wait for their turn.
    private struct Lane {
        let place: TopicPartition
        var records: [LogRecord] = []
        var head = 0
        /// The offset after the last record read.
        var received: Int64
        /// The offset after the last record in the topic, as last heard.
        var end: Int64
        /// The offset before which the records are gone from the topic.
        var floor: Int64
        /// The offset at which the client found the partition's end.
        var foundEnd: Int64 = -1
        /// Whether it was waited for in vain and has given nothing since.
        var isGivenUp = false

        var count: Int { records.count - head }
        var first: LogRecord? { head < records.count ? records[head] : nil }
        /// Whether there is nothing more to read now. Offsets without records, such as a transaction's end, are
        /// passed over by the client, which says where it found the end.
        var isAtEnd: Bool { received >= end || foundEnd >= end }

        /// Takes in records when there are none.
        mutating func fill(_ records: [LogRecord]) {
            self.records = records
            head = 0
        }

        mutating func takeAll() -> [LogRecord] {
            defer {
                records = []
                head = 0
            }
            return head == 0 ? records : Array(records[head...])
        }

        mutating func removeFirst() {
            head += 1
            if head == records.count || head >= 4_096 {
                records.removeFirst(head)
                head = 0
            }
        }
    }

    /// How long a partition that has more records but gives none is waited for.
    private static let patience = Duration.seconds(2)

    private var plan: ArraySlice<OrderJournal.Run>
    /// In the order of their places.
    private var lanes: [Lane] = []
    private var blockedSince: ContinuousClock.Instant?

    /// Follows these runs first.
    package init(plan: [OrderJournal.Run]) { self.plan = plan[...] }

    /// Takes up a place.
    ///
    /// - Parameters:
    ///   - position: the offset of its first record to come.
    ///   - begin: the offset of the oldest record in the topic.
    ///   - end: the offset after its last record now.
    package mutating func add(_ place: TopicPartition, position: Int64, begin: Int64, end: Int64) {
        let lane = Lane(place: place, received: position, end: end, floor: begin)
        if let known = index(of: place) { return lanes[known] = lane }
        lanes.insert(lane, at: lanes.firstIndex { place < $0.place } ?? lanes.count)
    }

    private func index(of place: TopicPartition) -> Int? { lanes.firstIndex { $0.place == place } }

    /// Whether the journal is still being followed.
    package var isReplaying: Bool { !plan.isEmpty }

    /// The offset after the last record of a place that was read.
    package func received(of place: TopicPartition) -> Int64? { index(of: place).map { lanes[$0].received } }

    /// Notes how far a place reaches in the topic.
    package mutating func note(end: Int64, of place: TopicPartition) {
        if let index = index(of: place) { lanes[index].end = end }
    }

    /// Notes where the client found a place's end.
    package mutating func note(foundEnd: Int64, of place: TopicPartition) {
        if let index = index(of: place) { lanes[index].foundEnd = foundEnd }
    }

    /// Notes that a place's records before an offset are gone.
    package mutating func drop(_ place: TopicPartition, before offset: Int64) {
        guard let index = index(of: place) else { return }
        lanes[index].floor = offset
        lanes[index].received = offset
    }

    /// The offset before which a place's records are gone.
    func floor(of place: TopicPartition) -> Int64 { index(of: place).map { lanes[$0].floor } ?? 0 }

    /// The number of records of a place that wait.
    package func waiting(of place: TopicPartition) -> Int { index(of: place).map { lanes[$0].count } ?? 0 }

    /// Takes in what was read.
    package mutating func take(_ batch: [LogRecord]) {
        // With one place there is nothing to be sorted, unless the client reads again what was read.
        if lanes.count == 1, lanes[0].count == 0, let first = batch.first, let last = batch.last,
            first.offset >= lanes[0].received
        {
            lanes[0].fill(batch)
            lanes[0].received = last.offset + 1
            lanes[0].isGivenUp = false
            return
        }
        var lane: Int?
        for record in batch {
            // Neighbouring records are mostly of one place.
            if lane.map({ lanes[$0].place != record.place }) ?? true { lane = index(of: record.place) }
            // What was read before is not read again, whatever the client does.
            guard let lane, record.offset >= lanes[lane].received else { continue }
            lanes[lane].records.append(record)
            lanes[lane].received = record.offset + 1
            lanes[lane].isGivenUp = false
        }
    }

    /// Hands out what can be processed now.
    ///
    /// - Parameter limit: the largest number of records.
    /// - Returns: the records in order; whether they follow the journal, in which case they stand in it already.
    package mutating func next(limit: Int, now: ContinuousClock.Instant) -> (
        records: [LogRecord], fromJournal: Bool
    ) {
        if plan.isEmpty, lanes.count == 1, lanes[0].count <= limit { return (lanes[0].takeAll(), false) }
        let replayed = replay(limit: limit)
        if !replayed.isEmpty || !plan.isEmpty { return (replayed, true) }
        return (merge(limit: limit, now: now), false)
    }

    /// What the journal wants next, as far as it is there.
    private mutating func replay(limit: Int) -> [LogRecord] {
        var ready: [LogRecord] = []
        while let run = plan.first, ready.count < limit {
            guard let lane = index(of: run.place) else { break }
            // Gone from the topic, or known to hold no more than was taken.
            var isDone =
                lanes[lane].floor > run.last || lanes[lane].count == 0 && lanes[lane].foundEnd > run.last
            while let record = lanes[lane].first, ready.count < limit {
                guard record.offset <= run.last else {
                    isDone = true
                    break
                }
                ready.append(record)
                lanes[lane].removeFirst()
                isDone = record.offset == run.last
            }
            guard isDone else { break }
            plan.removeFirst()
        }
        return ready
    }

    /// What can be processed in the order of time without missing an earlier record.
    private mutating func merge(limit: Int, now: ContinuousClock.Instant) -> [LogRecord] {
        var ready: [LogRecord] = []
        while ready.count < limit {
            var earliest: (lane: Int, time: Int64)?
            var isBlocked = false
            for lane in lanes.indices {
                if lanes[lane].count > 0 {
                    let time = lanes[lane].records[lanes[lane].head].timestampMilliseconds ?? 0
                    if earliest.map({ time < $0.time }) ?? true { earliest = (lane, time) }
                } else if !lanes[lane].isAtEnd, !lanes[lane].isGivenUp {
                    isBlocked = true
                }
            }
            guard let earliest else {
                blockedSince = nil
                break
            }
            if isBlocked {
                guard let since = blockedSince else {
                    blockedSince = now
                    break
                }
                guard since.duration(to: now) > Self.patience else { break }
                for lane in lanes.indices where lanes[lane].count == 0 && !lanes[lane].isAtEnd {
                    lanes[lane].isGivenUp = true
                }
            }
            blockedSince = nil
            ready.append(lanes[earliest.lane].records[lanes[earliest.lane].head])
            lanes[earliest.lane].removeFirst()
        }
        return ready
    }
}
