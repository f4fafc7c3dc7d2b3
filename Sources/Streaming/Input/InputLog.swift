import KafkaBasics
import Log

/// What is read: the log, the order of the records, the journal of that order, and what is committed.
final class InputLog {
    /// Records to be processed, in order.
    struct Batch {
        let records: [LogRecord]
        let received: ContinuousClock.Instant
        /// Whether they were processed before, and the answers may be others now, as records before them are gone.
        let isAltered: Bool
    }

    let log: any RecordLog
    private let disk: any StateDisk
    let clock: any StreamClock
    let logger: Logger
    let topics: [String]
    let batchRecords: Int
    var sequencer: RecordSequencer
    var journal: OrderJournal
    /// By place the offset of the next record to process.
    private(set) var positions: Offsets
    /// By place the offset before which everything is answered.
    var answered: Offsets
    /// By place the last record that was processed.
    private(set) var lastRecords: [TopicPartition: LastRecord]
    var watch: GroupWatch
    /// Whether the group stands elsewhere than what is answered, so that all of it is committed.
    var isGroupElsewhere = false
    /// How far the places reached when this run began.
    private(set) var firstEnds: Offsets = [:]
    /// Since when a topic seems to be gone.
    private var doubtSince: ContinuousClock.Instant?
    var paused: Set<TopicPartition> = []
    /// How many records are taken at once.
    var pace: Pace
    /// The records that are taken at once from a journal.
    private static let replayed = 512
    /// Records that were deleted before they could be read, in this run.
    private(set) var lost = 0

    /// Goes on where a state stands. Nothing is read before ``begin()``.
    ///
    /// - Parameters:
    ///   - state: what a restart begins with; what was committed of it is answered too.
    ///   - ends: by place the oldest offset and the one after the newest.
    ///   - journal: what is processed from now on is noted in it.
    init(
        _ seams: Seams, _ configuration: Configuration, state: RestoredState, ends: PlaceEnds,
        journal: OrderJournal, logger: Logger
    ) throws {
        log = seams.log
        disk = seams.disk
        clock = seams.clock
        topics = [configuration.inputTopic]
        batchRecords = configuration.consumer.batchRecords
        pace = Pace(most: 4 * batchRecords)
        self.journal = journal
        self.logger = logger
        positions = state.positions
        lastRecords = state.lastRecords
        sequencer = RecordSequencer(plan: state.runs, isAltered: state.isAltered)
        for (place, position) in state.positions {
            sequencer.add(
                place, position: position, processed: state.begun[place] ?? 0,
                begin: ends[place]?.low ?? position,
                end: ends[place]?.high ?? position)
        }
        let commits = try log.committed(Array(positions.keys))
        let reached = state.reached
        let committed = GroupWatch.answered(
            commits, state: state, stream: configuration.stream, reached: reached, ends: ends)
        answered = state.answered.merging(committed) { max($0, $1) }
        // From now on the state knows it by itself, whatever becomes of the commits.
        let learned = committed.filter { $0.value > state.answered[$0.key] ?? 0 }
        if !learned.isEmpty { try journal.append(answered: learned) }
        watch = GroupWatch(
            mark: CommitMark(
                stream: configuration.stream, state: state.identity, instance: seams.instance),
            group: configuration.consumer.group, commits: commits, now: clock.now)
        if let other = watch.predecessor {
            logger.info(
                "the group \(configuration.consumer.group) was served by another Weir, \(other); looking whether it still works"
            )
            clock.sleep(.seconds(3))
            let news = GroupNews(commits: try log.committed(Array(positions.keys)), members: nil)
            _ = try watch.look(news, now: clock.now)
        }
        let cut = committed.filter { $0.value > reached[$0.key] ?? 0 }
        if state.origin == .known, let (place, offset) = cut.min(by: { $0.key < $1.key }) {
            logger.warning(
                "a journal is not whole: it does not reach what this state has committed, as after a loss of power. Answers that are given again may differ",
                LogField.place(place.topic, place.partition, offset))
        }
        isGroupElsewhere = answered.contains { place, offset in
            offset > 0
                && (commits[place]?.offset != offset
                    || commits[place]?.mark.flatMap(CommitMark.init)?.state != state.identity)
        }
        let foreign = commits.filter { committed[$0.key] == nil && $0.value.offset != answered[$0.key] ?? 0 }
        if let (place, commit) = foreign.min(by: { $0.key < $1.key }) {
            logger.warning(
                "the group \(configuration.consumer.group) stands at offset \(commit.offset) of \(place)\(foreign.count > 1 ? " and elsewhere in \(foreign.count - 1) more partitions" : ""), which this state has not committed: another client did, or somebody has reset it. That is not followed. The state goes by what it knows itself, where \(answered[place] ?? 0) is answered; to answer records again, or to leave some out, begin anew with another snapshots.folder and consumer.group"
            )
        }
        let silent = positions.reduce(Int64(0)) { $0 + max(0, (answered[$1.key] ?? 0) - $1.value) }
        if silent > 0 { logger.info("\(silent) records were answered before; learning them silently") }
    }

    /// Whether a journal is followed.
    var isReplaying: Bool { sequencer.isReplaying }

    /// Begins to fetch.
    ///
    /// - Parameter ends: by place the oldest offset and the one after the newest.
    /// - Throws: ``StreamError`` when a topic is not the one that was read.
    func begin(_ ends: PlaceEnds) throws {
        firstEnds = ends.mapValues(\.high)
        try TopicIdentity(log, logger: logger).check(lastRecords: lastRecords, ends)
        try log.assign(positions)
    }

    /// That of the state, by which its commits are known.
    var identity: String { watch.mark.state }

    /// Polls, and orders what is there; their order is in the journal when they are handed out.
    ///
    /// - Parameters:
    ///   - patience: how long to wait for more when there are few.
    ///   - settles: whether the order must be that of the log alone, whenever records come.
    /// - Returns: nil when there is nothing to be processed now.
    func next(patience: Duration, settles: Bool) throws -> Batch? {
        var (records, fromJournal) = try poll(
            wait: pace.isMoreThere ? .zero : .milliseconds(50), settles: settles)
        let received = clock.now
        guard !records.isEmpty else {
            passMarkers()
            return nil
        }
        if !fromJournal, patience > .zero {
            let deadline = received + patience
            while records.count < min(batchRecords, pace.records) {
                let left = clock.now.duration(to: deadline)
                guard left >= .milliseconds(1) else { break }
                records += try poll(wait: left, settles: settles).records
            }
        }
        let runs = Self.runs(records)
        if !fromJournal { try journal.append(runs) }
        for run in runs {
            positions[run.place] = run.last + 1
            if let fingerprint = run.fingerprint {
                lastRecords[run.place] = LastRecord(offset: run.last, fingerprint: fingerprint)
            }
        }
        passMarkers()
        return Batch(
            records: records, received: received, isAltered: fromJournal && sequencer.isAltered)
    }

    /// Reads on where it was read up to.
    func assignAnew() throws {
        paused = []
        try log.assign(
            Dictionary(uniqueKeysWithValues: positions.map { ($0, sequencer.received(of: $0) ?? $1) }))
    }

    /// Moves on past offsets that hold no record: the ends of transactions, what was aborted, what is gone.
    private func passMarkers() {
        for (place, position) in positions {
            if let reached = sequencer.reached(of: place), reached > position { positions[place] = reached }
        }
    }

    private func poll(wait: Duration, settles: Bool) throws -> (records: [LogRecord], fromJournal: Bool) {
        var batch = try log.poll(maximum: batchRecords, wait: wait)
        if let group = batch.group {
            let (warnings, isDoubtful) = try watch.look(group, now: clock.now)
            for warning in warnings { logger.warning(warning) }
            isGroupElsewhere = isGroupElsewhere || !warnings.isEmpty || isDoubtful
            batch.isDoubtful = batch.isDoubtful || isDoubtful
        }
        if batch.isDoubtful, doubtSince == nil {
            doubtSince = clock.now
            logger.warning(
                "\(topics.joined(separator: ", ")) seems to be gone, or parts of it; looking whether it is still the one that was read"
            )
        }
        if let since = doubtSince {
            // What was read meanwhile may be of another topic, and comes again if it is not.
            if try isSame(since: since) { doubtSince = nil }
            return ([], false)
        }
        sequencer.take(batch.records, now: clock.now, settles: settles)
        for (place, offset) in batch.foundEnds { sequencer.note(foundEnd: offset, of: place) }
        // After the records that came before the gap.
        for place in batch.gone { try passOver(place) }
        noteEnds()
        // Of a journal a little at a time, so that a snapshot can be taken in between.
        let limit = min(pace.records, sequencer.isReplaying ? Self.replayed : .max)
        let next = sequencer.next(limit: limit, now: clock.now, settles: settles)
        pace.isMoreThere = next.records.count >= limit
        if let record = sequencer.exchanged {
            throw TopicIdentity.another(record.place, offset: record.offset)
        }
        return next
    }

    private static func runs(_ records: [LogRecord]) -> [OrderJournal.Run] {
        var runs: [OrderJournal.Run] = []
        var first = 0
        for index in records.indices
        where index + 1 == records.count || records[index + 1].place != records[index].place {
            runs.append(
                OrderJournal.Run(
                    place: records[index].place, first: records[first].offset, last: records[index].offset,
                    count: index + 1 - first, fingerprint: records[index].fingerprint))
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
        let (low, high) = try log.ends(of: place, within: .seconds(10))
        // Records read but not yet processed are not lost; the gap begins after them.
        let position = max(sequencer.received(of: place) ?? 0, positions[place] ?? 0)
        if low <= position, position <= high {
            // It is there after all: a new leader knew less for a moment.
            return try log.move(place, to: position)
        }
        guard low > position else {
            throw TopicIdentity.another(place, end: high, reached: position)
        }
        logger.error(
            "records were deleted before they could be read: those from offset \(position) to \(low - 1). Longer retention on the topic avoids this.",
            LogField.place(place.topic, place.partition, low))
        lost += Int(low - position)
        sequencer.drop(place, before: low)
        try log.move(place, to: low)
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

    /// Notes in another journal what is processed from now on. It begins with what is left of the one that is followed: a
    /// restart goes on with it from here.
    func beginJournal(path: String) throws {
        journal.close()
        journal = try OrderJournal(path: path, topics: topics, on: disk)
        try journal.append(answered: answered.filter { $0.value > positions[$0.key] ?? 0 })
        let rest = sequencer.rest
        guard !rest.isEmpty else { return }
        // Runs that are gone are passed over silently when the positions lie behind them.
        let isAltered = sequencer.isAltered || rest.contains { $0.last < positions[$0.place] ?? 0 }
        if isAltered { try journal.appendAltered() }
        try journal.append(rest)
    }

    /// Lets go of the log.
    func close() { log.close() }

    /// Lets go of the journal.
    func closeJournal() { journal.close() }
}
