import KafkaBasics
import Streaming

/// The input as one life of the service reads it.
final class SimulatedLog: RecordLog {
    private let cluster: SimulatedCluster
    private let world: SimulatedWorld
    private let witness: Witness
    /// What happens between two polls, beside the stream.
    private let tick: () -> Void
    /// By place the offset of the next record to be fetched.
    private(set) var positions: Offsets = [:]
    private(set) var polls = 0
    private var paused: Set<TopicPartition> = []
    private var endsFound: Offsets = [:]
    private var ends: Offsets = [:]
    private var stuck: Set<TopicPartition> = []
    private var isGroupAsked = false
    /// By place the offset up to which records lie in the client's memory, whatever retention does.
    private var prefetched: Offsets = [:]

    init(_ cluster: SimulatedCluster, _ witness: Witness, tick: @escaping () -> Void) {
        self.cluster = cluster
        world = cluster.world
        self.witness = witness
        self.tick = tick
    }

    private func available(_ place: TopicPartition) throws -> SimulatedCluster.Partition {
        guard let partition = cluster.partitions[place], partition.unavailableUntil <= world.elapsed else {
            throw SimulatedFault(description: "\(place) has no leader")
        }
        return partition
    }

    func partitions(of topic: String) throws -> [Int32] {
        try world.perform("log.partitions") {
            if world.happens(.unavailableCluster, oneIn: 3) {
                world.advance(.seconds(5))
                throw SimulatedFault(description: "no broker answers")
            }
            return cluster.places.map(\.partition)
        }
    }

    func ends(of place: TopicPartition, within limit: Duration) throws -> (low: Int64, high: Int64) {
        try world.perform("log.ends") {
            let partition = try available(place)
            return (partition.low, partition.end)
        }
    }

    func firstRecords(at offsets: Offsets, within limit: Duration) throws -> [TopicPartition: LogRecord] {
        try world.perform("log.first records") {
            var found: [TopicPartition: LogRecord] = [:]
            for (place, offset) in offsets {
                let partition = try? available(place)
                found[place] =
                    partition?.records.first {
                        $0.offset >= max(offset, partition?.low ?? 0)
                    }?.asRead
            }
            return found
        }
    }

    func committed(_ places: [TopicPartition]) throws -> Commits {
        try world.perform("log.committed") { cluster.committed.filter { places.contains($0.key) } }
    }

    func assign(_ positions: Offsets) throws {
        try world.perform("log.assign") { self.positions = positions }
    }

    func add(_ place: TopicPartition, at offset: Int64) throws {
        try world.perform("log.add") {
            guard positions.updateValue(offset, forKey: place) == nil else {
                throw SimulatedFault(description: "\(place) is read already")
            }
        }
    }

    func move(_ place: TopicPartition, to offset: Int64) throws {
        try world.perform("log.move") {
            positions[place] = offset
            stuck.remove(place)
        }
    }

    func pause(_ place: TopicPartition) throws { try world.perform("log.pause") { _ = paused.insert(place) } }
    func resume(_ place: TopicPartition) throws {
        try world.perform("log.resume") {
            if paused.remove(place) == nil { world.violate("\(place) is resumed and was not paused") }
        }
    }

    func poll(maximum: Int, wait: Duration) throws -> LogBatch {
        try world.perform("log.poll") {
            polls += 1
            tick()
            guard !world.isDown else { throw SimulatedCrash() }
            var batch = LogBatch()
            if isGroupAsked, world.below(3) == 0 {
                isGroupAsked = false
                batch.group = GroupNews(commits: cluster.committed, members: [])
            }
            for place in cluster.places where positions[place] != nil && !paused.contains(place) {
                guard let partition = try? available(place), !stuck.contains(place) else { continue }
                ends[place] = partition.end
                guard let position = positions[place] else { continue }
                if position < partition.low || position > partition.end {
                    // What the client has in its memory comes first, in the same batch.
                    if let end = prefetched[place], end > position {
                        batch.records += partition.records.filter { $0.offset >= position && $0.offset < end }
                            .map(\.asRead)
                        positions[place] = end
                        if end >= partition.low { continue }
                    }
                    stuck.insert(place)
                    batch.gone.append(place)
                    continue
                }
                if world.below(4) > 0 { fetch(place, partition, maximum, into: &batch) }
            }
            world.advance(batch.records.isEmpty ? wait : .milliseconds(world.below(5)))
            return batch
        }
    }

    /// Before retention takes records: the client has some of them in its memory.
    ///
    /// - Returns: the offset of the first that it has not; nil when the place is not read.
    func prefetch(_ place: TopicPartition) -> Int64? {
        guard let position = positions[place], !stuck.contains(place),
            let partition = cluster.partitions[place]
        else { return positions[place] }
        // What is gone already comes to nobody's memory any more.
        guard position >= partition.low else { return max(position, prefetched[place] ?? position) }
        let some = partition.records.drop { $0.offset < position }.prefix(world.below(12))
        prefetched[place] = some.last.map { $0.offset + 1 } ?? position
        return prefetched[place]
    }

    private func fetch(
        _ place: TopicPartition, _ partition: SimulatedCluster.Partition, _ maximum: Int,
        into batch: inout LogBatch
    ) {
        var position = positions[place] ?? 0
        if world.happens(.readAgain, oneIn: 10) {
            position = max(partition.low, position - Int64(world.below(6)))
        }
        let room = min(maximum - batch.records.count, 1 + world.below(30))
        let records = partition.records.drop { $0.offset < position }.prefix(max(0, room))
        batch.records += records.map(\.asRead)
        if let last = records.last { position = last.offset + 1 }
        let isAtEnd = partition.records.last.map { $0.offset < position } ?? true
        if isAtEnd { position = max(position, partition.end) }
        positions[place] = max(positions[place] ?? 0, position)
        if isAtEnd, endsFound[place] != partition.end {
            endsFound[place] = partition.end
            batch.foundEnds[place] = partition.end
        }
    }

    func knownEnd(of place: TopicPartition) -> Int64? { ends[place] }
    func currentEnds() -> Offsets? { ends }

    func commitSoon(_ offsets: Offsets, mark: String) throws {
        try world.perform("log.commit soon") {
            if world.happens(.refusedCommit, oneIn: 4) { return }
            apply(offsets, mark)
        }
    }

    func commit(_ offsets: Offsets, mark: String, within limit: Duration) throws -> CommitFault? {
        try world.perform("log.commit") {
            if world.happens(.refusedCommit, oneIn: 4) {
                return CommitFault("it is refused", isPassing: world.below(2) == 0)
            }
            apply(offsets, mark)
            return world.happens(.lostAnswerToCommit, oneIn: 4)
                ? CommitFault("no answer came", isPassing: true) : nil
        }
    }

    private func apply(_ offsets: Offsets, _ mark: String) {
        if CommitMark(mark) == nil { world.violate("a commit has no mark") }
        for (place, offset) in offsets {
            let own = cluster.committed[place].flatMap { $0.mark.flatMap(CommitMark.init) == nil ? nil : $0 }
            let before = own?.offset ?? 0
            if offset < before {
                world.violate("a commit goes back, from \(before) to \(offset) of \(place)")
            }
            witness.willCommit(place, from: before, to: offset)
            cluster.committed[place] = Commit(offset: offset, mark: mark)
        }
    }

    func askGroup(_ places: [TopicPartition]) throws { isGroupAsked = true }

    func close() { try? world.perform("log.close") {} }
}
