import Digests
import Dispatch
import Evaluation
import Foundation
import Kafka
import Learning
import Log
import Memory
import Messages
import Tensors

/// One stream at work: samples or frames in, predictions, metrics and dead letters out, state on disk.
///
/// ```swift
/// let stop = StopFlag()
/// let service = try StreamService(configuration: configuration, logger: logger, stop: stop)
/// try service.run()          // until stop.set() is called, from any thread
/// ```
///
/// One thread does everything but the pure part. It polls a batch, has it decoded and encoded on all cores,
/// then predicts, scores and learns record by record, sends the outputs and notes in a ledger which of them
/// have arrived. Offsets are committed when all outputs before them have.
public final class StreamService {
    let configuration: Configuration
    let logger: Logger
    let onReport: (MetricsMessage) -> Void
    private let stopRequested: StopFlag

    let store: SnapshotStore
    let decoder: SampleDecoder
    let consumer: Consumer
    let producer: Producer
    let ledger: DeliveryLedger
    let workers: Int

    /// What learns and answers; nil when the outputs of a network are the answers.
    var learner: Learner?
    /// What answers when ``learner`` is nil.
    var network: NetworkAnswers?
    /// What a stream of frames has beside, before the learner or the answers of the network.
    var frames: FrameStage?
    var sequencer = RecordSequencer(plan: [])
    var journal: OrderJournal
    /// The number of the last snapshot or journal.
    var number: Int
    /// By place the offset of the next record to process.
    var positions: Offsets = [:]
    /// By place the offset before which everything was answered in an earlier run.
    var answered: Offsets = [:]
    /// Decoded samples that wait for the keys.
    var held: [DecodedChunk] = []
    var heldCount = 0
    private var paused: Set<TopicPartition> = []
    var breaker: FailureBreaker
    var statistics = ServiceStatistics()
    var model = ModelReference(id: "", version: 0, hash: "")
    var identifiers = NameUUID(prefix: "")
    let deadLetterIdentifiers: NameUUID
    let snapshotWriter = DispatchQueue(label: "weir.snapshots")
    let snapshots = SnapshotProgress()

    /// Opens everything: folder, state, connections. Nothing is read yet.
    ///
    /// - Parameters:
    ///   - configuration: complete.
    ///   - stop: when set, from any thread, ``run()`` finishes what is in hand and returns.
    ///   - onReport: told each metrics message, on the service's thread.
    /// - Throws: `StateError`, ``StreamError``, `KafkaError` or a configuration's error, each saying what to do.
    public init(
        configuration: Configuration, logger: Logger, stop: StopFlag,
        onReport: @escaping (MetricsMessage) -> Void = { _ in }
    ) throws {
        var configuration = configuration
        let model = try Self.loadModel(&configuration)
        self.configuration = configuration
        self.logger = logger
        self.onReport = onReport
        stopRequested = stop
        workers =
            configuration.consumer.workers > 0
            ? configuration.consumer.workers : ProcessInfo.processInfo.activeProcessorCount
        decoder = SampleDecoder(
            dimension: configuration.dimension,
            limits: SampleLimits(payloadBytes: configuration.errors.recordBytes))
        breaker = FailureBreaker(
            window: configuration.errors.window, tolerance: configuration.errors.tolerance)
        deadLetterIdentifiers = NameUUID(prefix: "weir:dead-letter:\(configuration.stream)/")
        store = try SnapshotStore(folder: configuration.snapshots.folder, keep: configuration.snapshots.keep)
        let ledger = DeliveryLedger()
        self.ledger = ledger
        // Where a partition ends in offsets that hold no record, only the client can tell.
        consumer = try Consumer(
            properties: configuration.consumerProperties.merging(["enable.partition.eof": "true"]) { $1 })
        let errorLogger = logger
        producer = try Producer(
            properties: configuration.producerProperties,
            onError: { errorLogger.warning("producer: \($0)") },
            onDelivery: { ledger.settle(ticket: $0.ticket, error: $0.error) })

        let ends = try Self.partitionEnds(
            consumer, configuration: configuration, stop: stop, logger: logger)
        let restored = try Self.restore(
            store: store, configuration: configuration, model: model, ends: ends, logger: logger)
        learner = restored.learner
        network = restored.network
        if let model, let sessions = restored.sessions {
            frames = FrameStage(
                model: model,
                decoder: FrameDecoder(dimension: model.plan.inputShape.count, limits: decoder.limits),
                workers: workers, table: sessions.table, states: sessions.states)
        }
        positions = restored.positions
        sequencer = RecordSequencer(plan: restored.runs)
        for (place, position) in restored.positions {
            sequencer.add(
                place, position: position, begin: ends[place]?.low ?? position,
                end: ends[place]?.high ?? position)
        }
        number = restored.number
        journal = try OrderJournal(
            path: store.journalPath(restored.number), topics: [configuration.inputTopic])
        let committed = try consumer.committed(Array(positions.keys), timeoutMilliseconds: 30_000)
        answered = restored.answered.merging(committed) { max($0, $1) }
        let silent = positions.reduce(Int64(0)) { $0 + max(0, (answered[$1.key] ?? 0) - $1.value) }
        if silent > 0 { logger.info("\(silent) records were answered before; learning them silently") }
        if !isReady, !configuration.keys.file.isEmpty {
            logger.info("making keys from \(configuration.keys.file)")
            let vectors = try VectorFile.read(
                path: configuration.keys.file, tensor: configuration.keys.tensor,
                dimension: configuration.dimension)
            if let report = try learner?.initialiseKeys(from: vectors) { logger.info("keys: \(report)") }
        }
        nameModel()
        try consumer.assign(
            positions.map { TopicPartitionOffset($0.key, offset: $0.value) })
        statistics.begin()
    }

    /// Whether records can be answered: a learner needs its keys, a network by itself nothing.
    var isReady: Bool { learner?.isReady ?? true }

    /// Works until the stop flag is set; then flushes, commits, publishes a last metrics message and writes a
    /// snapshot.
    ///
    /// - Throws: the fault that makes going on impossible. What was answered and learned until the last
    ///   snapshot is kept, and a restart goes on from there without loss.
    public func run() throws {
        defer {
            consumer.close()
            producer.close(timeoutMilliseconds: 2_000)
            journal.close()
            snapshotWriter.sync {}
        }
        let clock = ContinuousClock()
        var nextMetrics = clock.now + .seconds(configuration.metrics.intervalSeconds)
        var nextSnapshot = clock.now + .seconds(configuration.snapshots.intervalSeconds)
        var nextCommit = clock.now
        while !stopRequested.isSet {
            let (records, fromJournal, received) = try gather()
            try process(records, fromJournal: fromJournal, received: received)
            try holdBack()
            let now = clock.now
            if now >= nextCommit {
                try commitSettled()
                nextCommit = now + .milliseconds(200)
            }
            if now >= nextMetrics {
                try publishMetrics(isFinal: false)
                nextMetrics = now + .seconds(configuration.metrics.intervalSeconds)
            }
            if now >= nextSnapshot {
                try takeSnapshot(isFinal: false)
                try adoptNewPartitions()
                nextSnapshot = clock.now + .seconds(configuration.snapshots.intervalSeconds)
            }
        }
        logger.info("stopping: flushing outputs, committing, writing a snapshot")
        try publishMetrics(isFinal: true)
        snapshotWriter.sync {}
        try takeSnapshot(isFinal: true)
        snapshotWriter.sync {}
        if let failure = snapshots.error { throw failure }
    }

    // MARK: Records

    /// Polls once; and again, while frames may wait for those of other sessions and there are few.
    private func gather() throws -> (
        records: [Record], fromJournal: Bool, received: ContinuousClock.Instant
    ) {
        var (records, fromJournal) = try poll(timeoutMilliseconds: 50)
        let received = ContinuousClock.now
        guard frames != nil, !records.isEmpty, !fromJournal else { return (records, fromJournal, received) }
        let deadline = received + .milliseconds(configuration.frames.latencyMilliseconds)
        while records.count < configuration.consumer.batchRecords {
            let left = Int(ContinuousClock.now.duration(to: deadline) / .milliseconds(1))
            guard left > 0 else { break }
            records += try poll(timeoutMilliseconds: left).records
        }
        return (records, fromJournal, received)
    }

    private func poll(timeoutMilliseconds: Int) throws -> (records: [Record], fromJournal: Bool) {
        let batch = try consumer.poll(
            maximum: configuration.consumer.batchRecords, timeoutMilliseconds: timeoutMilliseconds)
        try heed(batch.errors)
        noteEvents()
        noteEnds()
        return sequencer.next(batch, limit: 4 * configuration.consumer.batchRecords, now: .now)
    }

    func nameModel() {
        let digest = frames?.model.plan.digest ?? []
        var hash = Hexadecimal.string(of: digest)
        if let learner {
            hash = learner.memory.frozenHash()
            if !digest.isEmpty {
                // Both parts are frozen.
                let both = SHA256()
                both.update(Hexadecimal.string(of: digest))
                both.update(hash)
                hash = both.hexadecimal()
            }
        }
        model = ModelReference(
            id: configuration.stream, version: learner?.version ?? 0, hash: "sha256:\(hash)")
        identifiers = NameUUID(prefix: "weir:\(model.id)/\(model.hash)/")
    }

    /// Stops the fetching of partitions that run far ahead of the one the journal waits for.
    private func holdBack() throws {
        for place in positions.keys {
            let waiting = sequencer.waiting(of: place)
            if waiting > 20_000, paused.insert(place).inserted {
                try consumer.pause([place])
            } else if waiting < 5_000, paused.remove(place) != nil {
                try consumer.resume([place])
            }
        }
    }

    // MARK: Faults

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
            let place = error.place
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
                LogField.place(error.topic, error.partition, low))
            statistics.lost += Int(low - position)
            if sequencer.waiting(of: place) == 0 { positions[place] = low }
            sequencer.drop(place, before: low)
            try consumer.incrementalUnassign([place])
            try consumer.incrementalAssign([TopicPartitionOffset(place, offset: low)])
        }
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

    // MARK: Progress

    /// Commits what is answered for good.
    ///
    /// - Parameter waiting: whether to wait for the broker's answer.
    func commitSettled(waiting: Bool = false) throws {
        let settled = try ledger.takeSettled()
        // Positions can lie before what was answered in an earlier run; a commit must not go back.
        let offsets = settled.filter { $0.value > answered[$0.key] ?? 0 }
        answered.merge(offsets) { $1 }
        let positions = (waiting ? answered.filter { $0.value > 0 } : offsets).map {
            TopicPartitionOffset($0.key, offset: $0.value)
        }
        if waiting { try consumer.commit(positions) } else { try consumer.commitAsync(positions) }
    }
}
