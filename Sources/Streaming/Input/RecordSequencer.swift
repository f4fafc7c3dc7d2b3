import KafkaBasics

/// Puts records into the order in which they are processed.
///
/// After a restart that is the journal's, as long as there is one to follow. Then it is the order of time:
/// of the places' next records the one with the earliest timestamp comes first, of equal ones that of the
/// lowest place. Within a partition the order is always the log's. So a log that is read anew is read in
/// the same order, and samples that came one class after another are learned so though they lie in several
/// partitions. A partition is waited for while it is known to have more records, but not for ever.
///
/// What is processed live is in the order of arrival, as far as records arrive later than others that are younger. While it
/// settles, a record also waits two seconds for such, and the order is that of the log alone.
package struct RecordSequencer {
    /// How long a partition that has more records but gives none is waited for.
    private static let patience = Duration.seconds(2)

    private var plan: ArraySlice<OrderJournal.Run>
    /// In the order of their places.
    private var lanes: [Lane] = []
    private var blockedSince: ContinuousClock.Instant?
    /// Whether records of the journal were not there any more, so that the answers to those that follow them may be others
    /// than before.
    package private(set) var isAltered = false
    /// A record that is another than the one processed at its place and offset.
    package private(set) var exchanged: LogRecord?

    /// Follows these runs first.
    ///
    /// - Parameter isAltered: whether records before them were gone already.
    package init(plan: [OrderJournal.Run], isAltered: Bool = false) {
        self.plan = plan[...]
        self.isAltered = isAltered
    }

    /// What is left of the runs.
    var rest: [OrderJournal.Run] { Array(plan) }

    /// Takes up a place.
    ///
    /// - Parameters:
    ///   - position: the offset of its first record to come.
    ///   - processed: the offset before which runs of the journal are known to be processed; the position if not given.
    ///   - begin: the offset of the oldest record in the topic.
    ///   - end: the offset after its last record now.
    package mutating func add(
        _ place: TopicPartition, position: Int64, processed: Int64? = nil, begin: Int64, end: Int64
    ) {
        let lane = Lane(
            place: place, received: position, handed: processed ?? position, end: end, floor: begin)
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

    /// The offset that a place has reached when nothing of it waits: where the client found its end, which lies behind
    /// offsets without records.
    func reached(of place: TopicPartition) -> Int64? {
        guard let index = index(of: place), lanes[index].count == 0 else { return nil }
        return max(lanes[index].foundEnd, lanes[index].floor)
    }

    /// The place that the journal wants next.
    package var awaited: TopicPartition? { plan.first?.place }

    /// The number of records of a place that wait.
    package func waiting(of place: TopicPartition) -> Int { index(of: place).map { lanes[$0].count } ?? 0 }

    /// The memory of the records of a place that wait.
    package func waitingBytes(of place: TopicPartition) -> Int {
        index(of: place).map { lanes[$0].bytes } ?? 0
    }

    /// Takes in what was read.
    ///
    /// - Parameter settles: whether it is noted when it came.
    package mutating func take(
        _ batch: [LogRecord], now: ContinuousClock.Instant, settles: Bool = false
    ) {
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
            lanes[lane].append(record)
            lanes[lane].received = record.offset + 1
            lanes[lane].isGivenUp = false
        }
        for lane in lanes.indices where settles {
            if lanes[lane].arrivals.last?.offset ?? 0 < lanes[lane].received {
                lanes[lane].arrivals.append((lanes[lane].received, now))
            }
            let next = lanes[lane].first?.offset ?? lanes[lane].received
            let past = lanes[lane].arrivals.prefix { $0.offset <= next }.count
            if past > 0 { lanes[lane].arrivals.removeFirst(past) }
        }
    }

    /// Hands out what can be processed now.
    ///
    /// - Parameters:
    ///   - limit: the largest number of records.
    ///   - settles: whether a record waits for others that are older and come later.
    /// - Returns: the records in order; whether they follow the journal, in which case they stand in it already.
    package mutating func next(limit: Int, now: ContinuousClock.Instant, settles: Bool = false) -> (
        records: [LogRecord], fromJournal: Bool
    ) {
        if plan.isEmpty, lanes.count == 1, lanes[0].count <= limit { return (lanes[0].takeAll(), false) }
        let replayed = replay(limit: limit)
        if !replayed.isEmpty || !plan.isEmpty { return (replayed, true) }
        return (merge(limit: limit, now: now, settles: settles), false)
    }

    /// What the journal wants next. A run must be there as a whole, so that what is missing of it is known before the first
    /// answer; what is above the limit stays in the plan.
    private mutating func replay(limit: Int) -> [LogRecord] {
        var ready: [LogRecord] = []
        while let run = plan.first, ready.count < limit, exchanged == nil {
            // A journal that was begun while this was followed names it again.
            if let lane = index(of: run.place), run.last < lanes[lane].handed {
                plan.removeFirst()
                continue
            }
            guard let lane = index(of: run.place),
                lanes[lane].received > run.last || lanes[lane].foundEnd > run.last
            else { break }
            let waiting = lanes[lane].records[lanes[lane].head...]
            let records = waiting.prefix { $0.offset <= run.last }
            if let last = records.last, last.offset == run.last, let fingerprint = run.fingerprint,
                last.fingerprint != fingerprint
            {
                exchanged = last
                break
            }
            if !isAltered, let count = run.count, records.count != count {
                // Those before it are answered as they were.
                guard ready.isEmpty else { break }
                isAltered = true
            }
            let part = records.prefix(limit - ready.count)
            ready += part
            lanes[lane].remove(part.count)
            if let last = part.last, part.count < records.count {
                plan[plan.startIndex] = run.rest(behind: last.offset, count: records.count - part.count)
                break
            }
            plan.removeFirst()
        }
        return ready
    }

    /// What can be processed in the order of time without missing an earlier record.
    private mutating func merge(limit: Int, now: ContinuousClock.Instant, settles: Bool) -> [LogRecord] {
        var ready: [LogRecord] = []
        while ready.count < limit {
            var earliest: (lane: Int, time: Int64)?
            var (isBlocked, isAlone) = (false, false)
            for lane in lanes.indices {
                if lanes[lane].count > 0 {
                    let time = lanes[lane].records[lanes[lane].head].timestampMilliseconds ?? 0
                    if earliest.map({ time < $0.time }) ?? true { earliest = (lane, time) }
                } else {
                    isAlone = true
                    if !lanes[lane].isAtEnd, !lanes[lane].isGivenUp { isBlocked = true }
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
            if settles, isAlone, let arrival = lanes[earliest.lane].firstArrival,
                arrival.duration(to: now) < Self.patience
            {
                break
            }
            ready.append(lanes[earliest.lane].records[lanes[earliest.lane].head])
            lanes[earliest.lane].remove(1)
        }
        return ready
    }
}
