import Digests
import Evaluation
import KafkaBasics
import Learning
import Log

/// What a start begins with: the newest whole snapshot and what was processed since, or a first, empty one.
struct RestoredState {
    /// What answers.
    enum Model {
        case learner(Learner)
        case network(NetworkAnswers)
    }

    let model: Model
    /// The sessions of a stream of frames.
    let sessions: SessionSnapshot?
    /// By place the offset of the next record to process.
    let positions: Offsets
    /// By place the offset of the next record when the snapshot was taken; none of places that came later.
    let begun: Offsets
    /// By place the offset before which everything was answered, as snapshot and journals say.
    let answered: Offsets
    /// What was processed since, in this order.
    let runs: [OrderJournal.Run]
    /// Whether records before them were gone already when they were processed again.
    let isAltered: Bool
    /// The number of the journal to go on with.
    let number: Int
    /// What tells it from all others, in its commits and in the ids of its answers: that of the run that began it.
    let identity: String
    let origin: Origin
    /// By place the last record that was processed, as far as it is known.
    let lastRecords: [TopicPartition: LastRecord]

    /// Where a state comes from.
    enum Origin {
        /// It begins now.
        case new
        /// An earlier Weir made it, which put no mark beside its commits.
        case earlier
        case known
    }

    /// By place the offset after the last record that was processed.
    var reached: Offsets { Self.reached(runs, from: positions) }

    private static func reached(_ runs: [OrderJournal.Run], from positions: Offsets) -> Offsets {
        runs.reduce(into: positions) { $0[$1.place] = max($0[$1.place] ?? 0, $1.last + 1) }
    }

    /// Reads the newest whole snapshot of a folder, or writes a first one.
    static func restore(
        _ keeper: StateKeeper, shape: StreamShape, ends: PlaceEnds, logger: Logger
    ) throws -> RestoredState {
        let store = keeper.store
        let found = try store.newest { path, error in logger.error("\(path) is passed over: \(error)") }
        if let found { return try restore(found, keeper, shape: shape, ends: ends, logger: logger) }
        guard try store.snapshotNumbers().isEmpty else {
            throw StateError(
                "none of the snapshots in \(store.folder) is whole. Bring one back from a backup, or move the folder away to begin anew"
            )
        }
        let configuration = shape.configuration
        let positions = ends.mapValues { configuration.consumer.start == .earliest ? $0.low : $0.high }
        let state = RestoredState(
            model: try shape.isNetworkAnswering
                ? .network(networkAnswers(shape, kept: nil))
                : .learner(Learner(configuration: shape.learner)),
            sessions: try shape.network.map {
                SessionSnapshot(
                    table: SessionTable(policy: try configuration.sessionPolicy(for: $0.plan)),
                    states: SessionStates(
                        plan: $0.plan, repeatsLast: configuration.frames.gaps == .repeat))
            },
            positions: positions, begun: positions, answered: [:], runs: [], isAltered: false,
            number: try store.nextNumber(),
            identity: keeper.instance.id, origin: .new, lastRecords: [:])
        try keeper.writeFirst(
            number: state.number, identity: state.identity, positions: positions,
            [state.part, state.sessions ?? EmptyPart()])
        logger.info(
            "new state in \(store.folder), beginning at the \(configuration.consumer.start.rawValue) records of \(configuration.inputTopic)"
        )
        return state
    }

    private static func restore(
        _ snapshot: Snapshot, _ keeper: StateKeeper, shape: StreamShape, ends: PlaceEnds, logger: Logger
    ) throws -> RestoredState {
        let store = keeper.store
        try shape.check(snapshot, folder: store.folder)
        let configuration = shape.configuration
        var positions = snapshot.manifest.positions
        for (place, end) in ends where positions[place] == nil { positions[place] = end.low }
        let journals = try store.journals(since: snapshot.manifest.number, topic: configuration.inputTopic)
        for (number, journal) in journals {
            guard let damage = journal.damage(topics: [configuration.inputTopic]) else { continue }
            logger.warning(
                "a journal is not whole: what it said of the order is lost, and answers that are given again may differ",
                [LogField("path", store.journalPath(number)), LogField("damage", damage)])
        }
        let runs = withoutRepeats(journals.flatMap(\.content.runs))
        // Nothing is added to a journal of the first version, or to one that is damaged at its beginning.
        var number = snapshot.manifest.number
        if let last = journals.last {
            number =
                last.content.canBeAddedTo(topics: [configuration.inputTopic])
                ? last.number : try store.nextNumber()
        }
        try TopicIdentity.check(reached: reached(runs, from: positions), ends)
        var what: [String] = []
        let model: Model
        if shape.isNetworkAnswering {
            model = .network(try networkAnswers(shape, kept: snapshot.network()))
        } else {
            var settings = snapshot.manifest.learner
            settings.topK = configuration.predictions.top
            settings.classLimit = configuration.evaluation.classLimit
            let learner = try Learner(restoring: snapshot.content, configuration: settings)
            what.append("\(learner.tracesLearned) traces, \(learner.classes.count) classes")
            model = .learner(learner)
        }
        let sessions = try shape.network.map {
            try SessionSnapshot(
                restoring: snapshot.content, plan: $0.plan,
                policy: try configuration.sessionPolicy(for: $0.plan),
                repeatsLast: configuration.frames.gaps == .repeat)
        }
        if let sessions { what.append("\(sessions.table.count) sessions") }
        logger.info(
            "restored \(store.snapshotPath(snapshot.manifest.number)): \(what.joined(separator: ", ")); \(runs.reduce(0) { $0 + ($1.count ?? 1) }) records to replay, in \(runs.count) runs"
        )
        var lastRecords = snapshot.manifest.lastRecords
        for run in runs {
            if let fingerprint = run.fingerprint {
                lastRecords[run.place] = LastRecord(offset: run.last, fingerprint: fingerprint)
            }
        }
        return RestoredState(
            model: model, sessions: sessions, positions: positions, begun: snapshot.manifest.positions,
            answered: journals.reduce(snapshot.manifest.positions) { answered, journal in
                answered.merging(journal.content.answered) { max($0, $1) }
            },
            runs: runs, isAltered: journals.contains { $0.content.isAltered }, number: number,
            identity: identity(snapshot.manifest),
            origin: origin(snapshot.manifest, journals.map(\.content)), lastRecords: lastRecords)
    }

    /// A journal that was begun while others were followed names what was left of them again.
    private static func withoutRepeats(_ runs: [OrderJournal.Run]) -> [OrderJournal.Run] {
        var reached: Offsets = [:]
        return runs.filter { run in
            guard run.last > reached[run.place] ?? -1 else { return false }
            reached[run.place] = run.last
            return true
        }
    }

    /// That of a state which an earlier Weir made follows from its snapshot, so that it is the same at each start until the
    /// next snapshot keeps it.
    private static func identity(_ manifest: Snapshot.Manifest) -> String {
        manifest.state
            ?? NameUUID(prefix: "weir:state:").uuid(
                of: "\(manifest.stream)/\(manifest.number)/\(manifest.createdMilliseconds)")
    }

    /// A state that has processed nothing yet is new after a restart too.
    private static func origin(_ manifest: Snapshot.Manifest, _ journals: [OrderJournal.Content]) -> Origin {
        guard manifest.state != nil else { return .earlier }
        let isUntouched =
            manifest.lastRecords.isEmpty && journals.allSatisfy { $0.runs.isEmpty && $0.answered.isEmpty }
        return isUntouched ? .new : .known
    }

    private static func networkAnswers(
        _ shape: StreamShape, kept: NetworkAnswers.Kept?
    ) throws -> NetworkAnswers {
        guard let network = shape.network else {
            throw StateError("the snapshot is of a stream whose network answers, and there is no network")
        }
        return NetworkAnswers(
            labels: network.labels.isEmpty
                ? (0..<network.plan.outputShape.count).map(String.init) : network.labels,
            givesProbabilities: network.plan.givesProbabilities,
            kept: try kept
                ?? NetworkAnswers.Kept(
                    prequential: PrequentialMetrics(
                        window: shape.configuration.evaluation.window)))
    }

    private var part: any SnapshotPart {
        switch model {
        case .learner(let learner): LearnerPart(learner: learner)
        case .network(let answers): answers.kept
        }
    }
}
