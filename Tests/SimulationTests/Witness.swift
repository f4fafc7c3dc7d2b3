import Foundation
import KafkaBasics
import Messages
import Streaming

/// Sees all that leaves the service or is kept by it, and knows the rules.
final class Witness {
    let cluster: SimulatedCluster
    let world: SimulatedWorld
    let disk: SimulatedDisk
    let configuration: Configuration
    /// What arrived, by id.
    private(set) var outputs: [String: [UInt8]] = [:]
    /// What arrived, by record and sample and without the ids, which are others in every state.
    private(set) var answers: [String: [UInt8]] = [:]
    /// The records that were answered or are in the dead letters.
    var answered: [TopicPartition: Set<Int64>] = [:]
    /// By place the ranges that were gone before they could be read.
    var lost: [TopicPartition: [Range<Int64>]] = [:]
    /// The records that had been processed when a journal began, in order.
    var orders: [Int: [SimulatedRecord]] = [:]
    /// Why repeated answers may differ from now on; nil while they may not.
    private(set) var mayDiffer: String?
    /// Why other answers are given than without faults; nil while they are not. Those have other ids.
    private(set) var isAltered: String?
    /// Up to the beginning of which journal the order is known in this life, that order, and where it ends in each place.
    var known = (journal: -1, order: [SimulatedRecord](), positions: Offsets())
    var snapshots: [String: (data: Data, positions: Offsets)] = [:]
    var newestBefore = -1
    /// Since when nothing was processed though records wait.
    var waitsSince: (appends: Int, time: Duration, polls: Int)?
    /// By place the largest offset that the service ever committed.
    private var committed: Offsets = [:]
    /// What the service knew as answered when the life began: from its own commits, and from the disk.
    var answeredBefore: Offsets = [:]
    private(set) var lastReport: MetricsMessage?

    init(_ cluster: SimulatedCluster, _ disk: SimulatedDisk, _ configuration: Configuration) {
        self.cluster = cluster
        self.disk = disk
        self.configuration = configuration
        world = cluster.world
        disk.willBegin = { [unowned self] in willBegin(journal: $0) }
        disk.willRemove = { [unowned self] in willRemove($0) }
    }

    // MARK: The order in which records were processed

    var folder: String { configuration.snapshots.folder }

    /// The numbers of snapshots or journals.
    func numbers(_ kind: String) -> [Int] {
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
    func positions(ofSnapshot number: Int) -> Offsets? {
        let path = path("snapshot", number)
        guard let data = disk.content(path) else { return nil }
        if let known = snapshots[path], known.data == data { return known.positions }
        guard let snapshot = try? Snapshot(data) else { return nil }
        snapshots[path] = (data, snapshot.manifest.positions)
        return snapshot.manifest.positions
    }

    /// The numbers of the snapshots, newest first.
    var snapshotNumbers: [Int] { numbers("snapshot").reversed() }
    /// The path of the newest snapshot, when there is another whole one.
    var replaceableSnapshot: String? {
        let numbers = snapshotNumbers
        let others = numbers.dropFirst().contains { positions(ofSnapshot: $0) != nil }
        return others ? path("snapshot", numbers[0]) : nil
    }
    var journalNumbers: [Int] { numbers("journal") }

    func newestSnapshot() -> (number: Int, positions: Offsets)? {
        for number in snapshotNumbers {
            if let positions = positions(ofSnapshot: number) { return (number, positions) }
        }
        return nil
    }

    private func contents(_ numbers: [Int]) -> [OrderJournal.Content] {
        numbers.compactMap {
            try? OrderJournal.Content(
                bytes: disk.content(path("journal", $0)), path: "", topic: cluster.topic)
        }
    }

    func runs(_ numbers: [Int]) -> [OrderJournal.Run] { contents(numbers).flatMap(\.runs) }

    private func answered(_ numbers: [Int]) -> [Offsets] { contents(numbers).map(\.answered) }

    /// By place the offset of the last record that was processed, as far as the disk says.
    var lastRecords: Offsets {
        let number = newestSnapshot()?.number ?? -1
        var last: Offsets = [:]
        if let data = disk.content(path("snapshot", number)), let snapshot = try? Snapshot(data) {
            last = snapshot.manifest.lastRecords.mapValues(\.offset)
        }
        for run in runs(journalNumbers.filter { $0 >= number }) { last[run.place] = run.last }
        return last
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
        answeredBefore = cluster.committed.compactMapValues { commit in
            commit.mark.flatMap(CommitMark.init) == nil ? nil : commit.offset
        }
        for known in [snapshot?.positions ?? [:]] + answered(journalNumbers.filter { $0 >= newest }) {
            answeredBefore.merge(known) { max($0, $1) }
        }
        // What was committed stood in a journal before, which a loss of power may have taken.
        if mayDiffer == nil { answeredBefore.merge(committed) { max($0, $1) } }
        known = (newest, order(of: newest), (snapshot?.positions ?? [:]).merging(lows) { max($0, $1) })
        // What is gone and would be processed again makes another model.
        let isGone = runs(journalNumbers.filter { $0 >= newest }).contains { run in
            run.first < lows[run.place] ?? 0
        }
        if isGone { isAltered = "records that are processed again are gone" }
    }

    /// What was processed when a snapshot was taken, in order. A journal that is followed may reach further.
    func order(of number: Int) -> [SimulatedRecord] {
        let positions = positions(ofSnapshot: number) ?? [:]
        return (orders[number] ?? []).filter { $0.offset < positions[$0.place] ?? 0 }
    }

    /// A journal is begun: notes what was processed before.
    func willBegin(journal path: String) {
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
        if isProcessedAgain { isAltered = "records that are processed again are gone" }
    }

    func isLost(_ place: TopicPartition, _ offset: Int64) -> Bool {
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

    func arrivedPrediction(_ message: SimulatedSink.Message) {
        let decoded = (message.value ?? []).withUnsafeBytes { try? Prediction(json: $0) }
        guard var prediction = decoded else { return world.violate("a prediction cannot be read") }
        prediction.durationMicroseconds = 0
        var content: [UInt8] = []
        prediction.encodeJSON(into: &content)
        var nameless = prediction
        nameless.id = ""
        var answer: [UInt8] = []
        nameless.encodeJSON(into: &answer)
        answers["\(prediction.source)/\(prediction.sampleID)"] = answer
        if record(prediction.source)?.kind == .bad { world.violate("what is no sample is answered") }
        note(prediction.id, content, of: prediction.source)
    }

    func record(_ source: RecordSource) -> SimulatedRecord? {
        cluster.records(of: TopicPartition(topic: source.topic, partition: source.partition)).first {
            $0.offset == source.offset
        }
    }

    func arrivedDeadLetter(_ message: SimulatedSink.Message) {
        let headers = message.headers.map { MessageHeader(name: $0.name, value: $0.value) }
        guard let letter = DeadLetter(headers: headers) else {
            return world.violate("a dead letter has no headers")
        }
        let source = letter.source
        let value = record(source)?.value.map(Array.init)
        let isCut = headers.contains { $0.name == "weir_cut_from_bytes" }
        if isCut ? value?.starts(with: message.value ?? [0]) != true : value != message.value {
            world.violate("a dead letter is not its record")
        }
        answers["\(source)"] = Array(letter.message.utf8)
        note(letter.id, Array(letter.message.utf8), of: source)
    }

    func note(_ id: String, _ content: [UInt8], of source: RecordSource) {
        if let before = outputs[id], before != content, mayDiffer == nil {
            world.violate(
                "the answer to \(source.topic)[\(source.partition)] \(source.offset) differs from the one before: \(String(decoding: before, as: UTF8.self)) and \(String(decoding: content, as: UTF8.self))"
            )
        }
        outputs[id] = outputs[id] ?? content
        let place = TopicPartition(topic: source.topic, partition: source.partition)
        if source.offset < answeredBefore[place] ?? 0 {
            world.violate("\(place) offset \(source.offset) is answered again, and was known as answered")
        }
        answered[place, default: []].insert(source.offset)
    }

    /// The group's offset of a place moves.
    func willCommit(_ place: TopicPartition, from: Int64, to: Int64) {
        // What was committed before may be committed again, whatever a loss of power took of the journals since.
        guard to > from, to > committed[place] ?? 0 else { return }
        committed[place] = to
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
        // Offsets without records are passed over.
        if cluster.records(of: place).contains(where: { $0.offset >= reached && $0.offset < to }) {
            world.violate("\(place) is committed up to \(to), and the state on disk reaches \(reached)")
        }
    }

    func unanswered(_ place: TopicPartition, in offsets: Range<Int64>) -> [SimulatedRecord] {
        cluster.records(of: place).filter { record in
            offsets.contains(record.offset) && record.kind != .other && !isLost(place, record.offset)
                && !(answered[place]?.contains(record.offset) ?? false)
        }
    }
}
