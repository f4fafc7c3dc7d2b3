import Kafka

/// Puts records into the order in which they are processed.
///
/// After a restart that is the journal's, as long as there is one to follow. Then it is the order of time:
/// of the partitions' next records the one with the earliest timestamp comes first, of equal ones that of the
/// lowest partition. Within a partition the order is always the log's. So a log that is read anew is read in
/// the same order, and samples that came one class after another are learned so though they lie in several
/// partitions. A partition is waited for while it is known to have more records, but not for ever.
struct RecordSequencer {
    /// The records of one partition that wait for their turn.
    private struct Lane {
        var records: [Record] = []
        var head = 0
        /// The offset after the last record read.
        var received: Int64
        /// The offset after the last record in the topic, as last heard.
        var end: Int64
        /// The offset at which the client found the partition's end.
        var foundEnd: Int64 = -1
        /// Whether it was waited for in vain and has given nothing since.
        var isGivenUp = false

        var count: Int { records.count - head }
        var first: Record? { head < records.count ? records[head] : nil }
        /// Whether there is nothing more to read now. Offsets without records, such as a transaction's end, are
        /// passed over by the client, which says where it found the end.
        var isAtEnd: Bool { received >= end || foundEnd >= end }

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
    private var lanes: [Int32: Lane] = [:]
    private var blockedSince: ContinuousClock.Instant?
    /// The offset before which a partition's records are gone from the topic.
    private var floors: [Int32: Int64] = [:]

    /// Follows these runs first.
    init(plan: [OrderJournal.Run]) { self.plan = plan[...] }

    /// Takes up a partition.
    ///
    /// - Parameters:
    ///   - position: the offset of its first record to come.
    ///   - begin: the offset of the oldest record in the topic.
    ///   - end: the offset after its last record now.
    mutating func add(partition: Int32, position: Int64, begin: Int64, end: Int64) {
        lanes[partition] = Lane(received: position, end: end)
        floors[partition] = begin
    }

    /// Whether the journal is still being followed.
    var isReplaying: Bool { !plan.isEmpty }

    /// The offset after the last record of a partition that was read.
    func received(of partition: Int32) -> Int64? { lanes[partition]?.received }

    /// Notes how far a partition reaches in the topic.
    mutating func note(end: Int64, of partition: Int32) { lanes[partition]?.end = end }

    /// Notes where the client found a partition's end.
    mutating func note(foundEnd: Int64, of partition: Int32) { lanes[partition]?.foundEnd = foundEnd }

    /// Notes that a partition's records before an offset are gone.
    mutating func drop(partition: Int32, before offset: Int64) {
        floors[partition] = offset
        lanes[partition]?.received = offset
    }

    /// The number of records of a partition that wait.
    func waiting(of partition: Int32) -> Int { lanes[partition]?.count ?? 0 }

    /// Takes in what was read and hands out what can be processed now.
    ///
    /// - Parameter limit: the largest number of records that waited and are handed out at once.
    /// - Returns: the records in order; whether they follow the journal, in which case they stand in it already.
    mutating func next(
        _ batch: RecordBatch, limit: Int, now: ContinuousClock.Instant
    ) -> (records: [Record], fromJournal: Bool) {
        if plan.isEmpty, lanes.count == 1, lanes.values.allSatisfy({ $0.count == 0 }) {
            if batch.count > 0 {
                let last = batch[batch.count - 1]
                lanes[last.partition]?.received = last.offset + 1
            }
            return ((0..<batch.count).map { batch[$0] }, false)
        }
        for index in 0..<batch.count {
            let record = batch[index]
            // What was read before is not read again, whatever the client does.
            guard record.offset >= lanes[record.partition]?.received ?? 0 else { continue }
            lanes[record.partition]?.records.append(record)
            lanes[record.partition]?.received = record.offset + 1
            lanes[record.partition]?.isGivenUp = false
        }
        let replayed = replay(limit: limit)
        if !replayed.isEmpty || !plan.isEmpty { return (replayed, true) }
        return (merge(limit: limit, now: now), false)
    }

    /// What the journal wants next, as far as it is there.
    private mutating func replay(limit: Int) -> [Record] {
        var ready: [Record] = []
        while let run = plan.first, ready.count < limit {
            // Gone from the topic, or known to hold no more than was taken.
            var isDone = (floors[run.partition] ?? 0) > run.last
            if let lane = lanes[run.partition], lane.count == 0, lane.foundEnd > run.last { isDone = true }
            while let record = lanes[run.partition]?.first, ready.count < limit {
                guard record.offset <= run.last else {
                    isDone = true
                    break
                }
                ready.append(record)
                lanes[run.partition]?.removeFirst()
                isDone = record.offset == run.last
            }
            guard isDone else { break }
            plan.removeFirst()
        }
        return ready
    }

    /// What can be processed in the order of time without missing an earlier record.
    private mutating func merge(limit: Int, now: ContinuousClock.Instant) -> [Record] {
        var ready: [Record] = []
        let order = lanes.keys.sorted()
        while ready.count < limit {
            var earliest: (partition: Int32, time: Int64)?
            var isBlocked = false
            for partition in order {
                guard let lane = lanes[partition] else { continue }
                if let record = lane.first {
                    let time = record.timestampMilliseconds ?? 0
                    if earliest.map({ time < $0.time }) ?? true { earliest = (partition, time) }
                } else if !lane.isAtEnd, !lane.isGivenUp {
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
                for partition in order
                where lanes[partition]?.count == 0 && lanes[partition]?.isAtEnd == false {
                    lanes[partition]?.isGivenUp = true
                }
            }
            blockedSince = nil
            if let record = lanes[earliest.partition]?.first { ready.append(record) }
            lanes[earliest.partition]?.removeFirst()
        }
        return ready
    }
}
