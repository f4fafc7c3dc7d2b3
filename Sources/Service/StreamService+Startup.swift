import Foundation
import Kafka
import Learning
import Logging
import Tensors

extension StreamService {
    /// By partition the oldest offset and the one after the newest.
    typealias PartitionEnds = [Int32: (low: Int64, high: Int64)]

    /// What a restart begins with.
    struct Restored {
        var learner: Learner
        var positions: [Int32: Int64]
        var answered: [Int32: Int64]
        var runs: [OrderJournal.Run]
        var number: Int
    }

    /// Asks the cluster for the partitions of the samples and their ends.
    static func partitionEnds(
        _ consumer: Consumer, configuration: Configuration, stop: StopFlag, logger: Logger
    ) throws -> PartitionEnds {
        let topic = configuration.topics.samples
        let deadline = ContinuousClock.now + .seconds(30)
        // A topic that was made a moment ago may not be known everywhere yet, nor have its leaders.
        while true {
            var failure =
                "it does not exist. Create it (kafka-topics.sh --create --topic \(topic) --partitions 4), or name another as topics.samples"
            do {
                let partitions = try consumer.metadata(topics: [topic], timeoutMilliseconds: 5_000).topics[
                    topic]
                var ends: PartitionEnds = [:]
                for partition in partitions ?? [] {
                    ends[partition] = try consumer.watermarks(
                        of: TopicPartition(topic: topic, partition: partition), timeoutMilliseconds: 5_000)
                }
                if !ends.isEmpty { return ends }
            } catch {
                failure = "\(error)"
            }
            guard ContinuousClock.now < deadline, !stop.isSet else {
                throw ServiceError("topic \(topic) on \(configuration.brokers) cannot be read: \(failure)")
            }
            logger.info("waiting for topic \(topic) on \(configuration.brokers): \(failure)")
            Thread.sleep(forTimeInterval: 1)
        }
    }

    /// The newest whole snapshot and what was processed since, or a first, empty snapshot.
    static func restore(
        store: SnapshotStore, configuration: Configuration, ends: PartitionEnds, logger: Logger
    ) throws -> Restored {
        let topic = configuration.topics.samples
        let found = store.newest { path, error in logger.error("\(path) is passed over: \(error)") }
        guard let snapshot = found else {
            guard store.snapshotNumbers.isEmpty else {
                throw StateError(
                    "none of the snapshots in \(store.folder) is whole. Bring one back from a backup, or move the folder away to begin anew"
                )
            }
            let positions = ends.mapValues { configuration.consumer.start == .earliest ? $0.low : $0.high }
            let learner = try Learner(configuration: configuration.learner)
            let number = store.nextNumber()
            let first = try Snapshot(
                manifest: manifest(configuration, number: number, positions: positions), learner: learner)
            try store.write(try first.encoded(), number: number)
            logger.info(
                "new state in \(store.folder), beginning at the \(configuration.consumer.start.rawValue) records of \(topic)"
            )
            return Restored(learner: learner, positions: positions, answered: [:], runs: [], number: number)
        }
        try checkFits(snapshot, configuration: configuration, folder: store.folder)
        var settings = snapshot.manifest.learner
        settings.topK = configuration.predictions.top
        settings.classLimit = configuration.evaluation.classLimit
        let learner = try Learner(restoring: snapshot.content, configuration: settings)
        var positions = snapshot.manifest.offsets
        for (partition, end) in ends where positions[partition] == nil { positions[partition] = end.low }
        let (runs, last) = store.runs(since: snapshot.manifest.number)
        var reached = positions
        for run in runs { reached[run.partition] = max(reached[run.partition] ?? 0, run.last + 1) }
        for (partition, offset) in reached {
            guard let end = ends[partition], end.high >= offset else {
                throw ServiceError(
                    "\(topic) partition \(partition) ends at offset \(ends[partition]?.high ?? 0), but \(offset) was reached: the topic was made anew. Begin anew too, with another snapshots.folder and consumer.group, or bring the topic back"
                )
            }
        }
        logger.info(
            "restored \(store.snapshotPath(snapshot.manifest.number)): \(learner.version) traces, \(learner.classes.count) classes; \(runs.count) runs to replay"
        )
        return Restored(
            learner: learner, positions: positions, answered: snapshot.manifest.offsets, runs: runs,
            number: last)
    }

    /// Refuses a snapshot that was made under other settings, and says which.
    private static func checkFits(_ snapshot: Snapshot, configuration: Configuration, folder: String) throws {
        let manifest = snapshot.manifest
        var differences: [String] = []
        func compare(_ name: String, _ kept: String, _ wanted: String) {
            if kept != wanted {
                differences.append("\(name) is \(kept) in the snapshot and \(wanted) in the configuration")
            }
        }
        compare("stream", manifest.stream, configuration.stream)
        compare("topics.samples", manifest.topic, configuration.topics.samples)
        compare("keys", manifest.keys, keysDescription(configuration))
        // The number of ranked labels and the limit of classes leave no trace in the state.
        var kept = manifest.learner
        kept.topK = configuration.learner.topK
        kept.classLimit = configuration.learner.classLimit
        let keptValues = try flattened(kept)
        let wantedValues = try flattened(configuration.learner)
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

    static func manifest(_ configuration: Configuration, number: Int, positions: [Int32: Int64])
        -> Snapshot.Manifest
    {
        Snapshot.Manifest(
            number: number, createdMilliseconds: Int64(Date().timeIntervalSince1970 * 1_000),
            stream: configuration.stream,
            topic: configuration.topics.samples, offsets: positions, learner: configuration.learner,
            keys: keysDescription(configuration))
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
            throw ServiceError(
                "\(producer.queued) outputs could not be delivered within 60 s. Nothing is lost: they are not committed and come again after a restart"
            )
        }
        // Without keys there is nothing to keep that the journal does not have.
        guard learner.isReady, !sequencer.isReplaying else { return }
        number = store.nextNumber()
        journal.close()
        journal = try OrderJournal(path: store.journalPath(number))
        let manifest = Self.manifest(configuration, number: number, positions: positions)
        let (store, learner, logger, snapshots) = (store, learner, logger, snapshots)
        snapshots.begin()
        snapshotWriter.async {
            do {
                try store.write(
                    try Snapshot(manifest: manifest, learner: learner).encoded(), number: manifest.number)
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
        let topic = configuration.topics.samples
        let known = try? consumer.metadata(topics: [topic], timeoutMilliseconds: 5_000).topics[topic]
        for partition in known ?? [] where positions[partition] == nil {
            let place = TopicPartition(topic: topic, partition: partition)
            // It may have no leader yet; the next snapshot tries again.
            guard let (low, high) = try? consumer.watermarks(of: place, timeoutMilliseconds: 5_000) else {
                continue
            }
            logger.info("reading the new partition \(partition) of \(topic)")
            positions[partition] = low
            sequencer.add(partition: partition, position: low, begin: low, end: high)
            try consumer.incrementalAssign([TopicPartitionOffset(place, offset: low)])
        }
    }
}
