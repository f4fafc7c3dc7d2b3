import ContinualInference
import Digests
import Evaluation
import Foundation
import Kafka
import Learning
import Log
import Tensors

extension StreamService {
    /// By place the oldest offset and the one after the newest.
    typealias PartitionEnds = [TopicPartition: (low: Int64, high: Int64)]

    /// What a restart begins with.
    struct Restored {
        var learner: Learner?
        var network: NetworkAnswers?
        var sessions: SessionSnapshot?
        var positions: Offsets
        var answered: Offsets
        var runs: [OrderJournal.Run]
        var number: Int
    }

    /// The network of a stream of frames, which also gives the dimension; nil for a stream of samples.
    static func loadModel(_ configuration: inout Configuration) throws -> LoadedModel? {
        guard configuration.hasFrames else { return nil }
        let isEncoder = configuration.frames.answers == .memory
        let model: LoadedModel
        do {
            model = try LoadedModel(path: configuration.frames.weights, withoutHead: isEncoder)
        } catch {
            throw StreamError("frames.weights: \(error)")
        }
        let outputs = model.plan.outputShape.count
        guard configuration.dimension == 1 || configuration.dimension == outputs else {
            throw StreamError(
                "dimension is \(configuration.dimension), but \(model.plan.name) of frames.weights gives \(outputs); leave dimension out"
            )
        }
        configuration.dimension = outputs
        if isEncoder { _ = try configuration.learner.validated() }
        guard isEncoder || model.labels.isEmpty || model.labels.count == outputs else {
            throw StreamError(
                "\(configuration.frames.weights) names \(model.labels.count) classes, but the network has \(outputs) outputs; write the file anew"
            )
        }
        _ = try configuration.sessionPolicy(for: model.plan)
        return model
    }

    /// The answers of a network, with what is known of how good they were.
    private static func networkAnswers(
        _ configuration: Configuration, _ model: LoadedModel?, kept: NetworkAnswers.Kept? = nil
    ) throws -> NetworkAnswers? {
        guard let model, configuration.frames.answers == .network else { return nil }
        return NetworkAnswers(
            labels: model.labels.isEmpty
                ? (0..<model.plan.outputShape.count).map(String.init) : model.labels,
            givesProbabilities: model.plan.givesProbabilities,
            kept: try kept
                ?? NetworkAnswers.Kept(
                    prequential: PrequentialMetrics(window: configuration.evaluation.window)))
    }

    /// Asks the cluster for the partitions of the input and their ends.
    static func partitionEnds(
        _ consumer: Consumer, configuration: Configuration, stop: StopFlag, logger: Logger
    ) throws -> PartitionEnds {
        let topic = configuration.inputTopic
        let deadline = ContinuousClock.now + .seconds(30)
        // A topic that was made a moment ago may not be known everywhere yet, nor have its leaders.
        while true {
            var failure =
                "it does not exist. Create it (kafka-topics.sh --create --topic \(topic) --partitions 4), or name another as \(configuration.inputTopicSetting)"
            do {
                let partitions = try consumer.metadata(topics: [topic], timeoutMilliseconds: 5_000).topics[
                    topic]
                var ends: PartitionEnds = [:]
                for partition in partitions ?? [] {
                    let place = TopicPartition(topic: topic, partition: partition)
                    ends[place] = try consumer.watermarks(of: place, timeoutMilliseconds: 5_000)
                }
                if !ends.isEmpty { return ends }
            } catch {
                failure = "\(error)"
            }
            guard ContinuousClock.now < deadline, !stop.isSet else {
                throw StreamError("topic \(topic) on \(configuration.brokers) cannot be read: \(failure)")
            }
            logger.info("waiting for topic \(topic) on \(configuration.brokers): \(failure)")
            Thread.sleep(forTimeInterval: 1)
        }
    }

    /// The newest whole snapshot and what was processed since, or a first, empty snapshot.
    static func restore(
        store: SnapshotStore, configuration: Configuration, model: LoadedModel?, ends: PartitionEnds,
        logger: Logger
    ) throws -> Restored {
        let topic = configuration.inputTopic
        let found = store.newest { path, error in logger.error("\(path) is passed over: \(error)") }
        guard let snapshot = found else {
            guard store.snapshotNumbers.isEmpty else {
                throw StateError(
                    "none of the snapshots in \(store.folder) is whole. Bring one back from a backup, or move the folder away to begin anew"
                )
            }
            let positions = ends.mapValues { configuration.consumer.start == .earliest ? $0.low : $0.high }
            let number = store.nextNumber()
            var restored = Restored(positions: positions, answered: [:], runs: [], number: number)
            restored.network = try networkAnswers(configuration, model)
            if restored.network == nil {
                restored.learner = try Learner(configuration: configuration.learner)
            }
            if let plan = model?.plan {
                restored.sessions = SessionSnapshot(
                    table: SessionTable(policy: try configuration.sessionPolicy(for: plan)),
                    states: SessionStates(plan: plan, repeatsLast: configuration.frames.gaps == .repeat))
            }
            let first = try Snapshot(
                manifest: manifest(configuration, plan: model?.plan, number: number, positions: positions),
                learner: restored.learner, network: restored.network, sessions: restored.sessions)
            try store.write(try first.encoded(), number: number)
            logger.info(
                "new state in \(store.folder), beginning at the \(configuration.consumer.start.rawValue) records of \(topic)"
            )
            return restored
        }
        try checkFits(snapshot, configuration: configuration, plan: model?.plan, folder: store.folder)
        var positions = snapshot.manifest.positions
        for (place, end) in ends where positions[place] == nil { positions[place] = end.low }
        var (runs, last) = try store.runs(since: snapshot.manifest.number, topic: topic)
        // Nothing is added to a journal of the first version.
        if try OrderJournalHeader.read(path: store.journalPath(last)) == .format1 {
            last = store.nextNumber()
        }
        var reached = positions
        for run in runs { reached[run.place] = max(reached[run.place] ?? 0, run.last + 1) }
        for (place, offset) in reached {
            guard let end = ends[place], end.high >= offset else {
                throw StreamError(
                    "\(place) ends at offset \(ends[place]?.high ?? 0), but \(offset) was reached: the topic was made anew. Begin anew too, with another snapshots.folder and consumer.group, or bring the topic back"
                )
            }
        }
        var restored = Restored(
            positions: positions, answered: snapshot.manifest.positions, runs: runs, number: last)
        var what: [String] = []
        restored.network = try networkAnswers(configuration, model, kept: snapshot.network())
        if restored.network == nil {
            var settings = snapshot.manifest.learner
            settings.topK = configuration.predictions.top
            settings.classLimit = configuration.evaluation.classLimit
            let learner = try Learner(restoring: snapshot.content, configuration: settings)
            what.append("\(learner.version) traces, \(learner.classes.count) classes")
            restored.learner = learner
        }
        if let plan = model?.plan {
            let sessions = try SessionSnapshot(
                restoring: snapshot.content, plan: plan, policy: try configuration.sessionPolicy(for: plan),
                repeatsLast: configuration.frames.gaps == .repeat)
            what.append("\(sessions.table.count) sessions")
            restored.sessions = sessions
        }
        logger.info(
            "restored \(store.snapshotPath(snapshot.manifest.number)): \(what.joined(separator: ", ")); \(runs.count) runs to replay"
        )
        return restored
    }

    /// Refuses a snapshot that was made under other settings, and says which.
    private static func checkFits(
        _ snapshot: Snapshot, configuration: Configuration, plan: Plan?, folder: String
    ) throws {
        let manifest = snapshot.manifest
        var differences: [String] = []
        func compare(_ name: String, _ kept: String, _ wanted: String) {
            if kept != wanted {
                differences.append("\(name) is \(kept) in the snapshot and \(wanted) in the configuration")
            }
        }
        compare("stream", manifest.stream, configuration.stream)
        compare(
            configuration.inputTopicSetting,
            Set(manifest.offsets.map(\.topic)).sorted().joined(separator: ", "), configuration.inputTopic)
        let wanted = plan.map { Snapshot.Frames(configuration, $0) }
        // Without its last layer a network is another one; that the answers differ says it.
        if manifest.frames?.answers == wanted?.answers || manifest.frames == nil || wanted == nil {
            compare("frames.weights", manifest.frames?.network ?? "none", wanted?.network ?? "none")
        }
        if let kept = manifest.frames, let wanted {
            compare("frames.answers", kept.answers.rawValue, wanted.answers.rawValue)
            compare("frames.gaps", kept.gaps.rawValue, wanted.gaps.rawValue)
            compare("frames.gapFrames", "\(kept.gapFrames)", "\(wanted.gapFrames)")
            compare("frames.idleSeconds", "\(kept.idleSeconds)", "\(wanted.idleSeconds)")
        }
        let hasLearner = manifest.frames?.answers != .network && wanted?.answers != .network
        if hasLearner { compare("keys", manifest.keys, keysDescription(configuration)) }
        // The number of ranked labels and the limit of classes leave no trace in the state.
        var kept = manifest.learner
        kept.topK = configuration.learner.topK
        kept.classLimit = configuration.learner.classLimit
        let keptValues = hasLearner ? try flattened(kept) : [:]
        let wantedValues = hasLearner ? try flattened(configuration.learner) : [:]
        for name in Set(keptValues.keys).union(wantedValues.keys).sorted() {
            compare(name, keptValues[name] ?? "absent", wantedValues[name] ?? "absent")
        }
        guard differences.isEmpty else {
            throw StateError(
                "the snapshots in \(folder) were made under another configuration: \(differences.joined(separator: "; ")). Change the configuration back, or set another snapshots.folder (and consumer.group) to begin anew"
            )
        }
    }

    /// Settings by their dotted names.
    private static func flattened(_ value: some Encodable) throws -> [String: String] {
        var result: [String: String] = [:]
        func walk(_ value: Any, _ path: String) {
            if let section = value as? [String: Any] {
                for (name, inner) in section { walk(inner, path.isEmpty ? name : "\(path).\(name)") }
            } else {
                result[path] = "\(value)"
            }
        }
        walk(try JSONSerialization.jsonObject(with: JSONEncoder().encode(value)), "")
        return result
    }

    private static func keysDescription(_ configuration: Configuration) -> String {
        configuration.keys.file.isEmpty
            ? "made from the first \(configuration.keys.samples) samples"
            : "made from \(configuration.keys.file)"
    }

    static func manifest(
        _ configuration: Configuration, plan: Plan?, number: Int, positions: Offsets
    ) -> Snapshot.Manifest {
        Snapshot.Manifest(
            number: number, createdMilliseconds: Int64(Date().timeIntervalSince1970 * 1_000),
            stream: configuration.stream, offsets: positions, learner: configuration.learner,
            keys: keysDescription(configuration), frames: plan.map { Snapshot.Frames(configuration, $0) })
    }

    // MARK: Snapshots

    /// Waits until all that was processed is answered and committed, then has the state written, with a new
    /// journal from here on. Encoding and writing do not hold up the stream: they work on a copy of the state,
    /// for which the tables exist twice until it is written.
    ///
    /// - Parameter isFinal: whether this is the last chance. Otherwise a snapshot that cannot be taken now, as
    ///   the broker is away, the one before is still being written, or the journal is still followed, is left
    ///   out; the next one will do.
    func takeSnapshot(isFinal: Bool) throws {
        // A journal that is only half followed still says how to go on, so its snapshot must stay the newest.
        guard isFinal || (!snapshots.isWriting && !sequencer.isReplaying) else { return }
        guard try settle(within: isFinal ? .seconds(60) : .seconds(5)) else {
            guard isFinal else {
                logger.warning("outputs are not delivered yet; the snapshot is left out")
                return
            }
            throw StreamError(
                "\(producer.queued) outputs could not be delivered within 60 s. Nothing is lost: they are not committed and come again after a restart"
            )
        }
        // Without keys there is nothing to keep that the journal does not have.
        guard isReady, !sequencer.isReplaying else { return }
        number = store.nextNumber()
        journal.close()
        journal = try OrderJournal(path: store.journalPath(number), topics: [configuration.inputTopic])
        let manifest = Self.manifest(
            configuration, plan: frames?.model.plan, number: number, positions: positions)
        let (store, learner, network, logger, snapshots) = (store, learner, network, logger, snapshots)
        let sessions = frames.map { SessionSnapshot(table: $0.table, states: $0.states) }
        snapshots.begin()
        snapshotWriter.async {
            do {
                try store.write(
                    try Snapshot(manifest: manifest, learner: learner, network: network, sessions: sessions)
                        .encoded(), number: manifest.number)
                logger.debug("wrote \(store.snapshotPath(manifest.number))")
                snapshots.end(nil)
            } catch {
                // The journals since the last good snapshot are kept, so nothing is lost; the next try may do.
                logger.error("snapshot \(manifest.number) failed: \(error)")
                snapshots.end(error)
            }
        }
    }

    /// Waits until every output is with the broker, and commits.
    ///
    /// - Returns: whether all of it was done in time.
    private func settle(within limit: Duration) throws -> Bool {
        let deadline = ContinuousClock.now + limit
        while ledger.openTickets > 0 {
            try ledger.checkDeliveries()
            guard ContinuousClock.now < deadline else { return false }
            try? producer.flush(timeoutMilliseconds: 200)
        }
        do {
            try commitSettled(waiting: true)
            return true
        } catch let error as KafkaError where error.isRetriable {
            logger.warning("\(error)")
            return false
        }
    }

    /// Reads partitions that were added to the topic.
    func adoptNewPartitions() throws {
        let topic = configuration.inputTopic
        let known = try? consumer.metadata(topics: [topic], timeoutMilliseconds: 5_000).topics[topic]
        for place in (known ?? []).map({ TopicPartition(topic: topic, partition: $0) })
        where positions[place] == nil {
            // It may have no leader yet; the next snapshot tries again.
            guard let (low, high) = try? consumer.watermarks(of: place, timeoutMilliseconds: 5_000) else {
                continue
            }
            logger.info("reading a new partition", LogField.place(place.topic, place.partition, low))
            positions[place] = low
            sequencer.add(place, position: low, begin: low, end: high)
            try consumer.incrementalAssign([TopicPartitionOffset(place, offset: low)])
        }
    }
}
