import Foundation
import KafkaBasics
import Messages
import Streaming

/// Sees all that leaves the service or is kept by it, and knows the rules.
final class Witness {
    private let cluster: SimulatedCluster
    private let world: SimulatedWorld
    private let disk: SimulatedDisk
    private let configuration: Configuration
    /// What arrived, by id.
    private(set) var outputs: [String: [UInt8]] = [:]
    /// The records that were answered or are in the dead letters.
    private var answered: [TopicPartition: Set<Int64>] = [:]
    /// By place the ranges that were gone before they could be read.
    private var lost: [TopicPartition: [Range<Int64>]] = [:]
    /// The records that had been processed when a journal began, in order.
    private var orders: [Int: [SimulatedRecord]] = [:]
    /// Why repeated answers may differ from now on; nil while they may not.
    private(set) var mayDiffer: String?
    /// Up to the beginning of which journal the order is known in this life, that order, and where it ends in each place.
    private var known = (journal: -1, order: [SimulatedRecord](), positions: Offsets())
    private var snapshots: [String: (data: Data, positions: Offsets)] = [:]
    private var newestBefore = -1
    /// Since when nothing was processed though records wait.
    private var waitsSince: (appends: Int, time: Duration, polls: Int)?
    /// What was committed when the life began.
    private var committedBefore: Offsets = [:]
    private(set) var lastReport: MetricsMessage?

    init(_ cluster: SimulatedCluster, _ disk: SimulatedDisk, _ configuration: Configuration) {
        self.cluster = cluster
        self.disk = disk
        self.configuration = configuration
        world = cluster.world
        disk.willBegin = { [unowned self] in willBegin(journal: $0) }
    }

    // MARK: The order in which records were processed

    private var folder: String { configuration.snapshots.folder }

    /// The numbers of snapshots or journals.
    private func numbers(_ kind: String) -> [Int] {
        disk.paths.compactMap { path in
            guard path.hasPrefix("\(folder)/\(kind)-"), !path.hasSuffix(".part") else { return nil }
            return Int(path.dropFirst(folder.count + kind.count + 2).prefix(12))
        }.sorted()
    }

    func path(_ kind: String, _ number: Int) -> String {
        let digits = String(number)
        return
            "\(folder)/\(kind)-\(String(repeating: "0", count: 12 - digits.count))\(digits).\(kind == "journal" ? "log" : "safetensors")"
    }

    /// The positions of a snapshot; nil when it is not whole.
    private func positions(ofSnapshot number: Int) -> Offsets? {
        let path = path("snapshot", number)
        guard let data = disk.content(path) else { return nil }
        if let known = snapshots[path], known.data == data { return known.positions }
        guard let snapshot = try? Snapshot(data) else { return nil }
        snapshots[path] = (data, snapshot.manifest.positions)
        return snapshot.manifest.positions
    }

    /// The numbers of the snapshots, newest first.
    private var snapshotNumbers: [Int] { numbers("snapshot").reversed() }
    /// The path of the newest snapshot, when there is another whole one.
    var replaceableSnapshot: String? {
        let numbers = snapshotNumbers
        let others = numbers.dropFirst().contains { positions(ofSnapshot: $0) != nil }
        return others ? path("snapshot", numbers[0]) : nil
    }
    var journalNumbers: [Int] { numbers("journal") }

    private func newestSnapshot() -> (number: Int, positions: Offsets)? {
        for number in snapshotNumbers {
            if let positions = positions(ofSnapshot: number) { return (number, positions) }
        }
        return nil
    }

    private func runs(_ numbers: [Int]) -> [OrderJournal.Run] {
        numbers.flatMap {
            (try? OrderJournal.Content(
                bytes: disk.content(path("journal", $0)), path: "", topic: cluster.topic))?.runs
                ?? []
        }
    }

    /// A life begins.
    func lifeBegins() {
        // What was fetched and not answered before it was gone cannot be answered any more.
        for (place, partition) in cluster.partitions {
            for record in unanswered(place, in: 0..<partition.low) {
                lost[place, default: []].append(record.offset..<(record.offset + 1))
            }
        }
        let lows = cluster.partitions.mapValues(\.low)
        let snapshot = newestSnapshot()
        let newest = snapshot?.number ?? -1
        newestBefore = newest
        committedBefore = cluster.committed
        known = (newest, orders[newest] ?? [], (snapshot?.positions ?? [:]).merging(lows) { max($0, $1) })
        // What is gone and would be processed again makes another model.
        let isGone = runs(journalNumbers.filter { $0 >= newest }).contains { run in
            run.first < lows[run.place] ?? 0
        }
        if isGone { note("records that are processed again are gone") }
    }

    /// A journal is begun: notes what was processed before.
    private func willBegin(journal path: String) {
        guard let number = Int(path.dropFirst(folder.count + 9).prefix(12)), number > known.journal else {
            return
        }
        for run in runs(journalNumbers.filter { $0 >= known.journal && $0 < number }) {
            // Of a place always all up to a run's end: where a journal was damaged, runs before it are missing.
            let position = known.positions[run.place] ?? 0
            known.order += cluster.records(of: run.place).filter {
                $0.offset >= position && $0.offset <= run.last && !isLost($0.place, $0.offset)
            }
            known.positions[run.place] = max(position, run.last + 1)
        }
        known.journal = number
        orders[number] = known.order
    }

    /// Records are gone, and will never be answered.
    func lose(_ place: TopicPartition, _ range: Range<Int64>) { lost[place, default: []].append(range) }

    /// Records are gone before they were fetched in this life, which goes on.
    func willLose(_ place: TopicPartition, _ range: Range<Int64>) {
        lose(place, range)
        // A journal that is followed may hold them; they are not processed again.
        known.order.removeAll { $0.place == place && range.contains($0.offset) }
        orders[known.journal] = known.order
        let isProcessedAgain = runs(journalNumbers.filter { $0 >= known.journal }).contains {
            $0.place == place && $0.last >= range.lowerBound
        }
        if isProcessedAgain { note("records that are processed again are gone") }
    }

    private func isLost(_ place: TopicPartition, _ offset: Int64) -> Bool {
        (lost[place] ?? []).contains { $0.contains(offset) }
    }

    /// What makes repeated answers differ.
    func note(_ reason: String) { mayDiffer = mayDiffer ?? reason }

    // MARK: What leaves the service

    /// A message is with the brokers.
    func arrived(_ message: SimulatedSink.Message) {
        switch message.topic {
        case configuration.topics.predictions: arrivedPrediction(message)
        case configuration.topics.deadLetters: arrivedDeadLetter(message)
        default:
            lastReport = (message.value ?? []).withUnsafeBytes { try? MetricsMessage(json: $0) } ?? lastReport
        }
    }

    private func arrivedPrediction(_ message: SimulatedSink.Message) {
        let decoded = (message.value ?? []).withUnsafeBytes { try? Prediction(json: $0) }
        guard var prediction = decoded else { return world.violate("a prediction cannot be read") }
        prediction.durationMicroseconds = 0
        var content: [UInt8] = []
        prediction.encodeJSON(into: &content)
        if record(prediction.source)?.kind == .bad { world.violate("what is no sample is answered") }
        note(prediction.id, content, of: prediction.source)
    }

    private func record(_ source: RecordSource) -> SimulatedRecord? {
        cluster.records(of: TopicPartition(topic: source.topic, partition: source.partition)).first {
            $0.offset == source.offset
        }
    }

    private func arrivedDeadLetter(_ message: SimulatedSink.Message) {
        let headers = message.headers.map { MessageHeader(name: $0.name, value: $0.value) }
        guard let letter = DeadLetter(headers: headers) else {
            return world.violate("a dead letter has no headers")
        }
        let source = letter.source
        if record(source)?.value.map(Array.init) != message.value {
            world.violate("a dead letter is not its record")
        }
        note(letter.id, Array(letter.message.utf8), of: source)
    }

    private func note(_ id: String, _ content: [UInt8], of source: RecordSource) {
        if let before = outputs[id], before != content, mayDiffer == nil {
            world.violate(
                "the answer to \(source.topic)[\(source.partition)] \(source.offset) differs from the one before: \(String(decoding: before, as: UTF8.self)) and \(String(decoding: content, as: UTF8.self))"
            )
        }
        outputs[id] = outputs[id] ?? content
        let place = TopicPartition(topic: source.topic, partition: source.partition)
        if source.offset < committedBefore[place] ?? 0 {
            world.violate("\(place) offset \(source.offset) is answered again, and was committed before")
        }
        answered[place, default: []].insert(source.offset)
    }

    /// The group's offset of a place moves.
    func willCommit(_ place: TopicPartition, from: Int64, to: Int64) {
        guard to > from else { return }
        for record in unanswered(place, in: from..<to) {
            world.violate("\(place) offset \(record.offset) is committed and its answer is not there")
        }
        // A process that is killed now must find all of it again.
        let newest = newestSnapshot()
        // What is gone from the log by now, it need not.
        var reached = max(newest?.positions[place] ?? 0, cluster.partitions[place]?.low ?? 0)
        for run in runs(journalNumbers.filter { $0 >= newest?.number ?? 0 }) where run.place == place {
            reached = max(reached, run.last + 1)
        }
        if reached < to {
            world.violate("\(place) is committed up to \(to), and the state on disk reaches \(reached)")
        }
    }

    private func unanswered(_ place: TopicPartition, in offsets: Range<Int64>) -> [SimulatedRecord] {
        cluster.records(of: place).filter { record in
            offsets.contains(record.offset) && record.kind != .other && !isLost(place, record.offset)
                && !(answered[place]?.contains(record.offset) ?? false)
        }
    }

    // MARK: In the end

    /// The number of the newest whole snapshot.
    var newestNumber: Int { newestSnapshot()?.number ?? -1 }

    /// Whether this life has written a snapshot.
    var hasNewSnapshot: Bool { newestSnapshot()?.number ?? -1 > newestBefore }

    /// Whether all that was produced and could be read is answered.
    var isAllAnswered: Bool { cluster.places.allSatisfy { unanswered($0, in: 0..<Int64.max).isEmpty } }

    /// Whether all that was produced and could be read stands in the journals.
    var isAllProcessed: Bool {
        let reached = reached
        return cluster.places.allSatisfy { place in
            guard let last = cluster.records(of: place).last?.offset else { return true }
            return reached[place] ?? 0 > last || cluster.partitions[place]?.low ?? 0 > last
                || isLost(place, last)
        }
    }

    func firstUnanswered() -> String {
        for place in cluster.places {
            if let record = unanswered(place, in: 0..<Int64.max).first {
                return "\(place) offset \(record.offset)"
            }
        }
        return "none"
    }

    /// All that can be answered is committed.
    func checkCommitted(_ when: String) {
        for place in cluster.places {
            let last = cluster.records(of: place).last { !isLost(place, $0.offset) }?.offset ?? -1
            if cluster.committed[place] ?? 0 <= last {
                world.violate(
                    "\(when), \(place) is committed up to \(cluster.committed[place] ?? 0) and reaches \(last)"
                )
            }
        }
    }

    /// The folder holds what is needed, and nothing else.
    func checkFiles(keep: Int) {
        // In the last life two seconds pass after all was answered.
        let written = snapshotNumbers.filter { $0 > newestBefore }.count
        if written < 2, newestNumber > 0, configuration.snapshots.intervalSeconds < 1 {
            world.violate("a life of two seconds and more has written \(written) snapshots")
        }
        let whole = snapshotNumbers.filter { positions(ofSnapshot: $0) != nil }
        if whole.count > keep { world.violate("\(whole.count) snapshots are kept, \(keep) are wanted") }
        if whole.count < keep, newestBefore >= 0, !world.plan.faults.contains(.flippedSnapshot) {
            world.violate("\(whole.count) snapshots are kept, \(keep) are wanted")
        }
        let oldest = whole.last ?? 0
        for number in journalNumbers where number < oldest {
            world.violate("journal \(number) is kept, and the oldest snapshot is \(oldest)")
        }
        for number in whole where number > 0 && disk.content(path("journal", number)) == nil {
            if !world.plan.faults.contains(.damagedJournal) {
                world.violate("snapshot \(number) has no journal")
            }
        }
        for path in disk.paths where path.hasSuffix(".part") { world.violate("\(path) is left") }
    }

    /// Each record once, those of a place in the log's order, and none left out.
    func check(_ order: [SimulatedRecord]) {
        for place in cluster.places {
            let offsets = order.filter { $0.place == place }.map(\.offset)
            if zip(offsets, offsets.dropFirst()).contains(where: { $0 >= $1 }) {
                world.violate("\(place) is not processed in its order: \(offsets)")
            }
        }
    }

    /// How far the state on disk reaches in each place.
    var reached: Offsets {
        let newest = newestSnapshot()
        return runs(journalNumbers.filter { $0 >= newest?.number ?? 0 }).reduce(
            into: newest?.positions ?? [:]
        ) {
            $0[$1.place] = max($0[$1.place] ?? 0, $1.last + 1)
        }
    }

    /// What was fetched and is not processed yet has a bound, and does not wait for ever.
    func checkQueues(_ log: SimulatedLog, batchRecords: Int) {
        var isWaiting = false
        let reached = runs(journalNumbers.filter { $0 >= known.journal }).reduce(into: known.positions) {
            $0[$1.place] = max($0[$1.place] ?? 0, $1.last + 1)
        }
        for (place, position) in log.positions {
            let waiting = cluster.records(of: place).filter {
                $0.offset >= reached[place] ?? 0 && $0.offset < position
            }.count
            isWaiting = isWaiting || waiting > 0
            // Ten batches, what one poll more may bring, and the batch in hand.
            if waiting > 10 * batchRecords + 30 + 5 * batchRecords {
                world.violate("\(waiting) records of \(place) wait, of batches of \(batchRecords)")
            }
        }
        checkProgress(isWaiting, log)
    }

    /// Records are waited for two seconds, not for ever. A journal that is followed has all the time.
    private func checkProgress(_ isWaiting: Bool, _ log: SimulatedLog) {
        guard isWaiting, let last = disk.lastAppend, last.life == world.life else { return waitsSince = nil }
        if last.count != waitsSince?.appends { waitsSince = (last.count, world.elapsed, log.polls) }
        guard let since = waitsSince, world.elapsed > since.time + .seconds(8), log.polls > since.polls + 300
        else {
            return
        }
        world.violate("records wait, and nothing is processed for \(world.elapsed - since.time)")
    }

    /// What was processed when the newest snapshot was taken, in order; nil when that is the first, empty one.
    func finalOrder() throws -> (snapshot: Snapshot, order: [SimulatedRecord])? {
        guard let newest = newestSnapshot(), newest.number > 0, let order = orders[newest.number],
            let data = disk.content(path("snapshot", newest.number))
        else { return nil }
        return (try Snapshot(data), order)
    }

    /// Records whose answer was already there may be lost to retention without harm.
    func isAnswered(_ place: TopicPartition, _ offset: Int64) -> Bool {
        answered[place]?.contains(offset) ?? false
    }
}
