import Kafka
import Log

/// What is read: the consumer, the order of the records, the journal of that order, and what is committed.
final class InputLog {
    /// Records to be processed, in order.
    struct Batch {
        let records: [Record]
        let received: ContinuousClock.Instant
    }

    let consumer: Consumer
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
    /// Records that were deleted before they could be read, in this run.
    private(set) var lost = 0

    /// Goes on where a state stands. Nothing is read before ``begin()``.
    ///
    /// - Parameters:
    ///   - state: what a restart begins with; what the group has committed is answered too.
    ///   - ends: by place the oldest offset and the one after the newest.
    ///   - journal: what is processed from now on is noted in it.
    init(
        consumer: Consumer, topics: [String], batchRecords: Int, state: RestoredState, ends: PlaceEnds,
        journal: OrderJournal, logger: Logger
    ) throws {
        self.consumer = consumer
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
        let committed = try consumer.committed(Array(positions.keys), timeoutMilliseconds: 30_000)
        answered = state.answered.merging(committed) { max($0, $1) }
        let silent = positions.reduce(Int64(0)) { $0 + max(0, (answered[$1.key] ?? 0) - $1.value) }
        if silent > 0 { logger.info("\(silent) records were answered before; learning them silently") }
    }

    /// Begins to fetch.
    func begin() throws {
        try consumer.assign(positions.map { TopicPartitionOffset($0.key, offset: $0.value) })
    }

    /// Whether the journal of an earlier run is still being followed.
    var isReplaying: Bool { sequencer.isReplaying }

    /// Polls, and orders what is there; their order is in the journal when they are handed out.
    ///
    /// - Parameter patience: how long to wait for more when there are few.
    /// - Returns: nil when there is nothing to be processed now.
    func next(patience: Duration) throws -> Batch? {
        var (records, fromJournal) = try poll(timeoutMilliseconds: 50)
        let received = ContinuousClock.now
        guard !records.isEmpty else { return nil }
        if !fromJournal, patience > .zero {
            let deadline = received + patience
            while records.count < batchRecords {
                let left = Int(ContinuousClock.now.duration(to: deadline) / .milliseconds(1))
                guard left > 0 else { break }
                records += try poll(timeoutMilliseconds: left).records
            }
        }
        let runs = Self.runs(records)
        if !fromJournal { try journal.append(runs) }
        for run in runs { positions[run.place] = run.last + 1 }
        return Batch(records: records, received: received)
    }

    private func poll(timeoutMilliseconds: Int) throws -> (records: [Record], fromJournal: Bool) {
        let batch = try consumer.poll(maximum: batchRecords, timeoutMilliseconds: timeoutMilliseconds)
        try heed(batch.errors)
        noteEvents()
        noteEnds()
        return sequencer.next(batch, limit: 4 * batchRecords, now: .now)
    }

    private static func runs(_ records: [Record]) -> [OrderJournal.Run] {
        var runs: [OrderJournal.Run] = []
        var first = 0
        for index in records.indices
        where index + 1 == records.count || records[index + 1].partition != records[index].partition
            || records[index + 1].topic != records[index].topic
        {
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
            if let end = consumer.knownEnd(of: place) { sequencer.note(end: end, of: place) }
        }
    }

    private func noteEvents() {
        for event in consumer.takeEvents() {
            switch event {
            case .failed(let error): logger.warning("consumer: \(error)")
            case .commitFailed(let error): logger.warning("\(error)")
            case .assigned, .revoked, .lost: break
            }
        }
    }

    /// Partition errors: records that are gone are counted and passed over, everything else ends the run.
    private func heed(_ errors: [PartitionError]) throws {
        for error in errors {
            if error.error.name == "_PARTITION_EOF" {
                if let offset = error.offset { sequencer.note(foundEnd: offset, of: error.place) }
                continue
            }
            guard error.error.name == "_AUTO_OFFSET_RESET" || error.error.name == "OFFSET_OUT_OF_RANGE" else {
                if error.error.isRetriable {
                    logger.warning(
                        "reading: \(error)", LogField.place(error.topic, error.partition, error.offset))
                    continue
                }
                throw StreamError("reading \(error.place) failed: \(error.error)")
            }
            try passOver(error.place)
        }
    }

    /// Goes on where the oldest record is that was not deleted.
    private func passOver(_ place: TopicPartition) throws {
        let (low, high) = try consumer.watermarks(of: place, timeoutMilliseconds: 30_000)
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
        try consumer.incrementalUnassign([place])
        try consumer.incrementalAssign([TopicPartitionOffset(place, offset: low)])
    }

    /// Stops the fetching of partitions that run far ahead of the one the journal waits for.
    func holdBack() throws {
        for place in positions.keys {
            let waiting = sequencer.waiting(of: place)
            if waiting > 20_000, paused.insert(place).inserted {
                try consumer.pause([place])
            } else if waiting < 5_000, paused.remove(place) != nil {
                try consumer.resume([place])
            }
        }
    }

    /// Commits what is answered for good.
    ///
    /// - Parameters:
    ///   - settled: by place the offset before which all outputs have arrived.
    ///   - waiting: whether to commit all there is, and to wait for the broker's answer.
    func commit(_ settled: Offsets, waiting: Bool = false) throws {
        // Positions can lie before what was answered in an earlier run; a commit must not go back.
        let offsets = settled.filter { $0.value > answered[$0.key] ?? 0 }
        answered.merge(offsets) { $1 }
        let committed = (waiting ? answered.filter { $0.value > 0 } : offsets).map {
            TopicPartitionOffset($0.key, offset: $0.value)
        }
        if waiting { try consumer.commit(committed) } else { try consumer.commitAsync(committed) }
    }

    /// Reads partitions that were added to a topic.
    func adoptNewPartitions() throws {
        for topic in topics {
            let known = try? consumer.metadata(topics: [topic], timeoutMilliseconds: 5_000).topics[topic]
            for place in (known ?? []).map({ TopicPartition(topic: topic, partition: $0) })
            where positions[place] == nil {
                // It may have no leader yet; the next snapshot tries again.
                guard let (low, high) = try? consumer.watermarks(of: place, timeoutMilliseconds: 5_000) else {
                    continue
                }
                logger.info("reading a new partition", LogField.place(topic, place.partition, low))
                positions[place] = low
                sequencer.add(place, position: low, begin: low, end: high)
                try consumer.incrementalAssign([TopicPartitionOffset(place, offset: low)])
            }
        }
    }

    /// Notes in another journal what is processed from now on.
    func beginJournal(path: String) throws {
        journal.close()
        journal = try OrderJournal(path: path, topics: topics)
    }

    /// Lets go of the consumer.
    func close() { consumer.close() }

    /// Lets go of the journal.
    func closeJournal() { journal.close() }
}
