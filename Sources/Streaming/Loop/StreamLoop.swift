import Log
import Messages

/// One stream at work: samples or frames in, predictions, metrics and dead letters out, state on disk.
///
/// ```swift
/// let stop = StopFlag()
/// let stream = try StreamLoop(configuration: configuration, logger: logger, stop: stop)   // of KafkaStreaming
/// try stream.run()          // until stop.set() is called, from any thread
/// ```
///
/// One thread does everything but the pure part. It takes records from the ``InputLog``, has the ``InputStage`` decode
/// and encode them on all cores, lets the ``StreamModel`` answer, score and learn record by record, and hands the answers
/// to the ``OutputWriter``, whose ledger notes which of them have arrived. Offsets are committed when all outputs before
/// them have. The ``StateKeeper`` writes snapshots beside it.
public final class StreamLoop {
    let logger: Logger
    private let stopRequested: StopFlag
    let input: InputLog
    let stage: any InputStage
    let model: any StreamModel
    let output: OutputWriter
    let keeper: StateKeeper
    let reporter: Reporter
    var pool: KeyPool
    var counters: StreamCounters
    var schedule: Schedule
    /// Where other threads ask what the stream answers now.
    package let views = StreamViews()

    /// Opens everything: folder, state, outputs. Nothing is read yet.
    ///
    /// - Parameters:
    ///   - configuration: complete.
    ///   - stop: when set, from any thread, ``run()`` finishes what is in hand and returns.
    ///   - seams: all that it meets outside itself.
    ///   - onReport: told each metrics message, on the stream's thread.
    /// - Throws: ``StateError``, ``StreamError`` or a configuration's error, each saying what to do, and what the seams throw.
    package init(
        configuration: Configuration, logger: Logger, stop: StopFlag, seams: Seams,
        onReport: @escaping (MetricsMessage) -> Void = { _ in }
    ) throws {
        self.logger = logger
        stopRequested = stop
        let parts = try StreamBuilder(
            configuration: configuration, logger: logger, stop: stop, seams: seams
        ).build()
        input = parts.input
        stage = parts.stage
        model = parts.model
        output = parts.output
        keeper = parts.keeper
        reporter = Reporter(configuration, background: seams.reports, onReport: onReport)
        pool = KeyPool(wanted: configuration.keys.samples)
        counters = StreamCounters(configuration, now: seams.clock.now)
        schedule = Schedule(configuration, clock: seams.clock, isReplaying: input.isReplaying)
        nameModel()
        try input.begin(parts.ends)
    }

    /// Works until the stop flag is set; then flushes, commits, publishes a last metrics message and writes a
    /// snapshot.
    ///
    /// - Throws: the fault that makes going on impossible, after it was logged. What was answered and learned until the last
    ///   snapshot is kept, and a restart goes on from there without loss.
    public func run() throws {
        defer {
            views.close()
            input.close()
            output.close()
            input.closeJournal()
            keeper.wait()
            reporter.wait()
        }
        do {
            try work()
        } catch {
            // Before anything is closed: closing may take its time, or never end.
            logger.error("\(error)")
            throw error
        }
    }

    private func work() throws {
        while !stopRequested.isSet { try turn() }
        views.close()
        logger.info("stopping: flushing outputs, committing, writing a snapshot")
        reporter.wait()
        try reporter.publish(to: output)
        beginReport(isFinal: true)
        reporter.wait()
        try reporter.publish(to: output)
        keeper.wait()
        try takeSnapshot(isFinal: true)
        try keeper.finish()
    }

    /// One round: the next batch, and what is due.
    private func turn() throws {
        // The keys, and what is learned first, follow from the log alone, whenever its records come.
        if let batch = try input.next(patience: stage.patience, settles: !model.isReady) {
            let began = schedule.clock.now
            try process(batch)
            input.pace.note(batch.records.count, took: began.duration(to: schedule.clock.now))
        }
        if let fault = counters.fault {
            // What was gone through is answered, so that a restart goes on behind it.
            if try output.settle(within: .seconds(5)) { try commit(isFinal: false) }
            throw fault
        }
        views.give(revision: model.revision) { model.view() }
        try input.holdBack()
        try output.resendUndelivered()
        if schedule.isDue(.commit) {
            // Offsets without records may have been passed over.
            if pool.isEmpty { output.pass(positions: input.positions) }
            try input.commitSoon(try output.ledger.takeSettled())
            schedule.note(done: .commit)
        }
        try reporter.publish(to: output)
        // A report that takes longer than the time between two is not waited for.
        if schedule.isDue(.metrics), reporter.isIdle {
            beginReport(isFinal: false)
            schedule.note(done: .metrics)
        }
        if schedule.isDue(.snapshot) {
            try takeSnapshot(isFinal: false)
            try input.adoptNewPartitions()
            if input.isReplaying { schedule.noteSnapshotInReplay() } else { schedule.note(done: .snapshot) }
        }
    }

    /// Names the model that answers, after its keys were made.
    func nameModel() {
        output.name(frozenDigests: stage.frozenDigests + model.frozenDigests, state: input.identity)
    }

    /// Waits until all that was processed is answered, commits it, and has the state written, with a new journal
    /// from here on.
    ///
    /// - Parameter isFinal: whether this is the last chance. Otherwise a snapshot that cannot be taken now, as
    ///   the broker is away or the one before is still being written, is left out; the next one will do. A journal
    ///   that is followed is no reason: killed again and again, the stream gets on.
    private func takeSnapshot(isFinal: Bool) throws {
        guard isFinal || !keeper.isWriting else { return }
        try keeper.store.checkLock()
        let limit = Duration.seconds(isFinal ? 15 : 5)
        guard try output.settle(within: limit) else {
            guard isFinal else {
                logger.warning("\(output.queued) outputs could not be delivered; the snapshot is left out")
                return
            }
            throw StreamError(
                "\(output.queued) outputs could not be delivered within 15 s. Nothing is lost: they are sent again after a restart"
            )
        }
        try commit(isFinal: isFinal)
        // Without keys there is nothing to keep that the journal does not have.
        guard model.isReady, try !keeper.confirm(input) else { return }
        let number = try keeper.store.nextNumber()
        try input.beginJournal(path: keeper.store.journalPath(number))
        keeper.write(number: number, input, [model.part, stage.part])
    }

    /// Commits all that is answered: what the group says is for others, the state knows it without.
    private func commit(isFinal: Bool) throws {
        let deadline = schedule.clock.now + .seconds(isFinal ? 5 : 2)
        while true {
            let left = schedule.clock.now.duration(to: deadline)
            guard
                let fault = try input.commit(try output.ledger.takeSettled(), within: max(left, .seconds(1)))
            else { return }
            guard isFinal, fault.isPassing, schedule.clock.now < deadline else {
                logger.warning(
                    "what is answered could not be committed for the group; the state knows it without: \(fault)"
                )
                return
            }
            schedule.clock.sleep(.milliseconds(500))
        }
    }
}
