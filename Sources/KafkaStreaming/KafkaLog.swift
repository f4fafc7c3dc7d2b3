import Kafka
import Log
import Streaming

/// The log of a Kafka cluster.
final class KafkaLog: RecordLog {
    private let consumer: Consumer
    private let logger: Logger
    /// Whether a commit was refused as the group has members, which are asked for next.
    private var hasMembers = false

    /// Opens a consumer.
    ///
    /// - Parameter properties: librdkafka's.
    /// - Throws: `KafkaError` when they are not those of a consumer.
    init(properties: [String: String], logger: Logger) throws {
        // Where a partition ends in offsets that hold no record, only the client can tell.
        consumer = try Consumer(properties: properties.merging(["enable.partition.eof": "true"]) { $1 })
        self.logger = logger
    }

    func partitions(of topic: String) throws -> [Int32] {
        // Brokers that are away are not waited for here: the start tries again and says why, a running stream goes on.
        let known = try consumer.metadata(
            topics: [topic], timeoutMilliseconds: 5_000, waitsForBrokers: false
        ).topics[topic]
        if let known { return known }
        if let fault = try consumer.topicFault(topic, timeoutMilliseconds: 5_000), !fault.passes {
            throw fault
        }
        return []
    }

    func ends(of place: TopicPartition, within limit: Duration) throws -> (low: Int64, high: Int64) {
        try consumer.watermarks(of: place, timeoutMilliseconds: limit.wholeMilliseconds)
    }

    func committed(_ places: [TopicPartition]) throws -> Commits {
        try consumer.committed(places, timeoutMilliseconds: 5_000).mapValues(Self.commit)
    }

    private static func commit(_ position: TopicPartitionOffset) -> Commit {
        Commit(offset: position.offset, mark: position.metadata)
    }

    func firstRecords(at offsets: Offsets, within limit: Duration) throws -> [TopicPartition: LogRecord] {
        try consumer.assign(Self.list(offsets))
        defer { try? consumer.assign([]) }
        var found: [TopicPartition: LogRecord] = [:]
        var open = Set(offsets.keys)
        let deadline = ContinuousClock.now + limit
        while !open.isEmpty, ContinuousClock.now < deadline {
            let batch = try consumer.poll(maximum: 1_000, timeoutMilliseconds: 100)
            for record in batch.records() where open.remove(record.place) != nil {
                found[record.place] = record
            }
            // An end that was found, or an offset that is gone.
            for error in batch.errors where !error.error.isRetriable { open.remove(error.place) }
        }
        return found
    }

    func assign(_ positions: Offsets) throws { try consumer.assign(Self.list(positions)) }

    func add(_ place: TopicPartition, at offset: Int64) throws {
        try consumer.incrementalAssign([TopicPartitionOffset(place, offset: offset)])
    }

    func move(_ place: TopicPartition, to offset: Int64) throws {
        try consumer.incrementalUnassign([place])
        try add(place, at: offset)
    }

    func pause(_ place: TopicPartition) throws { try consumer.pause([place]) }
    func resume(_ place: TopicPartition) throws { try consumer.resume([place]) }

    func poll(maximum: Int, wait: Duration) throws -> LogBatch {
        let polled = try consumer.poll(maximum: maximum, timeoutMilliseconds: wait.wholeMilliseconds)
        var batch = LogBatch(records: polled.records())
        for error in polled.errors { try sort(error, into: &batch) }
        if let group = consumer.takeGroup() {
            batch.group = GroupNews(
                commits: group.committed.mapValues(Self.commit),
                members: group.members?.map { "\($0.clientID) (\($0.host))" })
        }
        for event in consumer.takeEvents() {
            switch event {
            case .failed(let error) where Self.saysGone.contains(error.name): batch.isDoubtful = true
            case .failed(let error): logger.warning("consumer: \(error)")
            case .commitFailed(let error):
                // Who is in the group is said when it is known; what is gone, when it was looked at.
                if !note(error), !Self.saysGone.contains(error.name) {
                    logger.warning("\(error.message) [\(error.name)]")
                }
            case .assigned, .revoked, .lost: break
            }
        }
        return batch
    }

    /// What librdkafka says when a topic or a partition of it is not there any more.
    private static let saysGone: Set = [
        "UNKNOWN_TOPIC_OR_PART", "UNKNOWN_TOPIC_ID", "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION",
    ]

    private func sort(_ error: PartitionError, into batch: inout LogBatch) throws {
        switch error.error.name {
        case "_PARTITION_EOF":
            if let offset = error.offset { batch.foundEnds[error.place] = offset }
        case "_AUTO_OFFSET_RESET", "OFFSET_OUT_OF_RANGE":
            batch.gone.append(error.place)
        case let name where Self.saysGone.contains(name):
            batch.isDoubtful = true
        default:
            guard error.error.isRetriable else {
                throw StreamError("reading \(error.place) failed: \(error.error)")
            }
            logger.warning("reading: \(error)", LogField.place(error.topic, error.partition, error.offset))
        }
    }

    func knownEnd(of place: TopicPartition) -> Int64? {
        // The watermark is as new as the last fetch, but counts what transactions that are open have written. Where
        // there are such, what can be read ends as the statistics say.
        guard let end = consumer.knownEnd(of: place) else { return nil }
        guard let state = consumer.statistics?.partition(place), let stable = state.stableEnd,
            let watermark = state.highWatermark, stable < watermark
        else { return end }
        return stable
    }

    func currentEnds() -> Offsets? {
        guard let statistics = consumer.statistics else { return nil }
        var ends: Offsets = [:]
        for state in statistics.partitions where state.isLeaderConnected {
            let place = TopicPartition(topic: state.topic, partition: state.partition)
            // The last fetch may have heard of more than the last statistics.
            let heard = [state.stableEnd ?? state.highWatermark, knownEnd(of: place)].compactMap { $0 }
            ends[place] = heard.max()
        }
        return ends
    }

    func commitSoon(_ offsets: Offsets, mark: String) throws {
        try consumer.commitAsync(Self.list(offsets, mark: mark))
    }

    func commit(_ offsets: Offsets, mark: String, within limit: Duration) throws -> CommitFault? {
        do {
            try consumer.commit(
                Self.list(offsets, mark: mark), timeoutMilliseconds: limit.wholeMilliseconds)
            return nil
        } catch let error as KafkaError where !error.isFatal {
            _ = note(error)
            return CommitFault("\(error.message) [\(error.name)]", isPassing: error.isRetriable)
        }
    }

    func askGroup(_ places: [TopicPartition]) throws {
        try consumer.askGroup(places, withMembers: hasMembers)
        hasMembers = false
    }

    /// The broker takes no commits of a group that has members, from those who are none.
    ///
    /// - Returns: whether that is the reason.
    private func note(_ error: KafkaError) -> Bool {
        let said: Set = ["UNKNOWN_MEMBER_ID", "ILLEGAL_GENERATION", "REBALANCE_IN_PROGRESS"]
        guard said.contains(error.name) else { return false }
        hasMembers = true
        return true
    }

    func close() { consumer.close() }

    private static func list(_ offsets: Offsets, mark: String? = nil) -> [TopicPartitionOffset] {
        offsets.map { TopicPartitionOffset($0.key, offset: $0.value, metadata: mark) }
    }
}

extension RecordBatch: RecordBlock {
    package func hasHeaders(_ number: Int) -> Bool { self[number].hasHeaders }
    package func headers(_ number: Int) -> [Header] { self[number].headers() }
    package func header(_ number: Int, named name: String) -> UnsafeRawBufferPointer? {
        self[number].header(named: name)
    }

    /// Its records, which keep it.
    fileprivate func records() -> [LogRecord] {
        guard count > 0 else { return [] }
        var place = self[0].place
        return (0..<count).map { number in
            let record = self[number]
            // Neighbouring records are mostly of one place.
            if record.partition != place.partition || record.topic != place.topic { place = record.place }
            return LogRecord(
                place: place, offset: record.offset, timestampMilliseconds: record.timestampMilliseconds,
                key: record.key, value: record.value, block: self, number: number)
        }
    }
}
