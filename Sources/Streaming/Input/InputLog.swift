import KafkaBasics
import Log

/// What is read: the log, the order of the records, the journal of that order, and what is committed.
final class InputLog {
    /// Records to be processed, in order.
    struct Batch {
        let records: [LogRecord]
        let received: ContinuousClock.Instant
    }

    let log: any RecordLog
    private let disk: any StateDisk
    private let clock: any StreamClock
    private let logger: Logger
    private let topics: [String]
    private let batchRecords: Int
    private var sequencer: RecordSequencer
    private var journal: OrderJournal
    /// By place the offset of the next record to process.
    private(set) var positions: Offsets
    /// By place the offset before which everything is answered.
    private(set) var answered: Offsets
    private var paused: Set<TopicPartition> = []
    /// So many records of a partition wait at the most, and what one poll brings; ten batches if that is fewer.
    private static let heldBackAbove = 20_000
    /// Records that were deleted before they could be read, in this run.
    private(set) var lost = 0

    /// Goes on where a state stands. Nothing is read before ``begin()``.
    ///
    /// - Parameters:
    ///   - state: what a restart begins with; what the group has committed is answered too.
    ///   - ends: by place the oldest offset and the one after the newest.
    ///   - journal: what is processed from now on is noted in it.
    init(
        _ seams: Seams, topics: [String], batchRecords: Int, state: RestoredState, ends: PlaceEnds,
        journal: OrderJournal, logger: Logger
    ) throws {
        log = seams.log
        disk = seams.disk
        clock = seams.clock
        self.topics = topics
        self.batchRecords = batchRecords
        self.journal = journal
        self.logger = logger
        positions = state.positions
        sequencer = RecordSequencer(plan: state.runs)
        for (place, position) in state.positions {
            sequencer.add(
                place, position: position, begin: ends[place]?.low ?? position,
                end: ends[place]?.high ?? position)
        }
        let committed = try log.committed(Array(positions.keys))
        answered = state.answered.merging(committed) { max($0, $1) }
        let silent = positions.reduce(Int64(0)) { $0 + max(0, (answered[$1.key] ?? 0) - $1.value) }
        if silent > 0 { logger.info("\(silent) records were answered before; learning them silently") }
    }

    /// Begins to fetch.
    func begin() throws { try log.assign(positions) }

    /// Whether the journal of an earlier run is still being followed.
    var isReplaying: Bool { sequencer.isReplaying }

    /// Polls, and orders what is there; their order is in the journal when they are handed out.
    ///
    /// - Parameter patience: how long to wait for more when there are few.
    /// - Returns: nil when there is nothing to be processed now.
    func next(patience: Duration) throws -> Batch? {
        var (records, fromJournal) = try poll(wait: .milliseconds(50))
        let received = clock.now
        guard !records.isEmpty else { return nil }
        if !fromJournal, patience > .zero {
            let deadline = received + patience
            while records.count < batchRecords {
                let left = clock.now.duration(to: deadline)
                guard left >= .milliseconds(1) else { break }
                records += try poll(wait: left).records
            }
        }
        let runs = Self.runs(records)
        if !fromJournal { try journal.append(runs) }
        for run in runs {
            // Behind the last record that is there, those that are gone are passed over.
            let gone = sequencer.waiting(of: run.place) == 0 ? sequencer.floor(of: run.place) : 0
            positions[run.place] = max(run.last + 1, gone)
        }
        return Batch(records: records, received: received)
    }

    private func poll(wait: Duration) throws -> (records: [LogRecord], fromJournal: Bool) {
        let batch = try log.poll(maximum: batchRecords, wait: wait)
        sequencer.take(batch.records)
        for (place, offset) in batch.foundEnds { sequencer.note(foundEnd: offset, of: place) }
        // After the records that came before the gap.
        for place in batch.gone { try passOver(place) }
        noteEnds()
        return sequencer.next(limit: 4 * batchRecords, now: clock.now)
    }

    private static func runs(_ records: [LogRecord]) -> [OrderJournal.Run] {
        var runs: [OrderJournal.Run] = []
        var first = 0
        for index in records.indices
        where index + 1 == records.count || records[index + 1].place != records[index].place {
            runs.append(
                OrderJournal.Run(
                    place: records[index].place, first: records[first].offset, last: records[index].offset))
            first = index + 1
        }
        return runs
    }

    /// Tells the sequencer how far the partitions reach.
    private func noteEnds() {
        guard positions.count > 1 else { return }
        for place in positions.keys {
            if let end = log.knownEnd(of: place) { sequencer.note(end: end, of: place) }
        }
    }

    /// Goes on where the oldest record is that was not deleted.
    private func passOver(_ place: TopicPartition) throws {
        let (low, high) = try log.ends(of: place, within: .seconds(30))
        // Records read but not yet processed are not lost; the gap begins after them.
        let position = max(sequencer.received(of: place) ?? 0, positions[place] ?? 0)
        guard low > position else {
            throw StreamError(
                "\(place) ends at offset \(high), but \(position) was reached: the topic was made anew. Begin anew too, with another snapshots.folder and consumer.group, or bring the topic back"
            )
        }
        logger.error(
            "records were deleted before they could be read: those from offset \(position) to \(low - 1). Longer retention on the topic avoids this",
            LogField.place(place.topic, place.partition, low))
        lost += Int(low - position)
        if sequencer.waiting(of: place) == 0 { positions[place] = low }
        sequencer.drop(place, before: low)
        try log.move(place, to: low)
    }

    /// Stops the fetching of partitions that run far ahead of the one that is waited for, until a fifth is left.
    func holdBack() throws {
        let limit = min(10 * batchRecords, Self.heldBackAbove)
        for place in positions.keys {
            let waiting = sequencer.waiting(of: place)
            if waiting > limit, paused.insert(place).inserted {
                try log.pause(place)
            } else if waiting < limit / 5, paused.remove(place) != nil {
                try log.resume(place)
            }
        }
    }

    /// Commits what is answered since the last time, without waiting.
    ///
    /// - Parameter settled: by place the offset before which all outputs have arrived.
    func commitSoon(_ settled: Offsets) throws {
        let offsets = note(settled)
        if !offsets.isEmpty { try log.commitSoon(offsets) }
    }

    /// Commits all that is answered, and waits for the broker's answer.
    ///
    /// - Parameter settled: by place the offset before which all outputs have arrived.
    /// - Returns: why it was not done now but may be later; nil when it was done.
    func commit(_ settled: Offsets) throws -> String? {
        _ = note(settled)
        return try log.commit(answered.filter { $0.value > 0 })
    }

    /// Notes what is answered; gives what is new of it.
    private func note(_ settled: Offsets) -> Offsets {
        // Positions can lie before what was answered in an earlier run; a commit must not go back.
        let offsets = settled.filter { $0.value > answered[$0.key] ?? 0 }
        answered.merge(offsets) { $1 }
        return offsets
    }

    /// Reads partitions that were added to a topic.
    func adoptNewPartitions() throws {
        for topic in topics {
            // The broker may be away, or the partition have no leader yet; the next snapshot tries again.
            guard let known = try? log.partitions(of: topic) else { continue }
            for place in known.map({ TopicPartition(topic: topic, partition: $0) })
            where positions[place] == nil {
                guard let (low, high) = try? log.ends(of: place, within: .seconds(5)) else { continue }
                logger.info("reading a new partition", LogField.place(topic, place.partition, low))
                positions[place] = low
                sequencer.add(place, position: low, begin: low, end: high)
                try log.add(place, at: low)
            }
        }
    }

    /// Notes in another journal what is processed from now on.
    func beginJournal(path: String) throws {
        journal.close()
        journal = try OrderJournal(path: path, topics: topics, on: disk)
    }

    /// Lets go of the log.
    func close() { log.close() }

    /// Lets go of the journal.
    func closeJournal() { journal.close() }
}
