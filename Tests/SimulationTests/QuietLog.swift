import KafkaBasics
import Streaming

/// A log in memory without faults: what is produced is there at once.
final class QuietLog: RecordLog {
    private let world: SimulatedWorld
    /// By place its records, each at the offset that is its number.
    private(set) var records: [TopicPartition: [SimulatedRecord]] = [:]
    var committed: Commits = [:]
    /// Whether the next poll says that a topic seems to be gone.
    var isDoubtful = false
    /// Whether it knows how far the places reach now.
    var hasStatistics = true
    /// Who has joined the group.
    var members: [String] = []
    private var isGroupAsked = false
    /// What the next questions for it end with.
    var committedFaults: [any Error] = []
    /// Places that exist and give nothing for now.
    var silent: Set<TopicPartition> = []
    /// Offsets whose records compaction has removed, in all places.
    var compacted: Set<Int64> = []
    /// The most records of a place that a poll gives.
    var most = Int.max
    /// By place a gap: what was read before it and the offset after it come in one poll.
    var gaps: [TopicPartition: Range<Int64>] = [:]
    /// How long a poll that gives something takes.
    var step = Duration.milliseconds(1)
    /// What happens at each poll, beside the stream.
    var onPoll: () -> Void = {}
    private var positions: Offsets = [:]
    private(set) var paused: Set<TopicPartition> = []
    /// Places that were paused, resumed and added while reading, in order.
    private(set) var calls: [String] = []
    private var foundEnds: Offsets = [:]

    init(_ world: SimulatedWorld, partitions: Int) {
        self.world = world
        for _ in 0..<partitions { addPartition() }
    }

    /// Whether all records were read in this life.
    var isRead: Bool { records.keys.allSatisfy { (positions[$0] ?? 0) >= end($0) } }

    func addPartition() { records[SimulatedCluster.place(records.count)] = [] }

    /// Adds a record to the end of a partition.
    ///
    /// - Parameter time: its timestamp; the world's time when none is given.
    func produce(_ value: [UInt8]?, partition: Int = 0, time: Int64? = nil) {
        let place = SimulatedCluster.place(partition)
        let record = SimulatedRecord(
            kind: .sample, place: place, offset: Int64(records[place]?.count ?? 0),
            timestamp: time ?? world.milliseconds, value: value)
        records[place, default: []].append(record)
    }

    /// The topic is made anew.
    func makeAnew() {
        for place in records.keys { records[place] = [] }
        committed = [:]
    }

    /// A life of the service begins.
    func begin() {
        positions = [:]
        paused = []
        calls = []
        foundEnds = [:]
    }

    /// The offset of the next record of a place to be read.
    func position(_ place: TopicPartition) -> Int64 { positions[place] ?? 0 }

    private func end(_ place: TopicPartition) -> Int64 { Int64(records[place]?.count ?? 0) }

    func partitions(of topic: String) throws -> [Int32] { records.keys.map(\.partition).sorted() }

    func ends(of place: TopicPartition, within limit: Duration) throws -> (low: Int64, high: Int64) {
        (gaps[place]?.upperBound ?? 0, end(place))
    }

    func firstRecords(at offsets: Offsets, within limit: Duration) throws -> [TopicPartition: LogRecord] {
        var found: [TopicPartition: LogRecord] = [:]
        for (place, offset) in offsets {
            found[place] = records[place]?.dropFirst(Int(offset)).first?.asRead
        }
        return found
    }

    func committed(_ places: [TopicPartition]) throws -> Commits {
        if !committedFaults.isEmpty { throw committedFaults.removeFirst() }
        return committed.filter { places.contains($0.key) }
    }

    func assign(_ positions: Offsets) throws { self.positions = positions }

    func add(_ place: TopicPartition, at offset: Int64) throws {
        calls.append("add \(place.partition)")
        positions[place] = offset
    }

    func move(_ place: TopicPartition, to offset: Int64) throws { positions[place] = offset }

    func pause(_ place: TopicPartition) throws {
        calls.append("pause \(place.partition)")
        paused.insert(place)
    }

    func resume(_ place: TopicPartition) throws {
        calls.append("resume \(place.partition)")
        paused.remove(place)
    }

    func poll(maximum: Int, wait: Duration) throws -> LogBatch {
        onPoll()
        var batch = LogBatch(isDoubtful: isDoubtful)
        isDoubtful = false
        if isGroupAsked {
            isGroupAsked = false
            batch.group = GroupNews(commits: committed, members: members)
        }
        for place in positions.keys.sorted() where !paused.contains(place) && !silent.contains(place) {
            let position = positions[place] ?? 0
            var room = max(0, min(most, maximum - batch.records.count))
            if let gap = gaps[place], position <= gap.lowerBound {
                room = min(room, Int(gap.lowerBound - position))
                if room == Int(gap.lowerBound - position) { batch.gone.append(place) }
            }
            let read = (records[place] ?? []).dropFirst(Int(position)).prefix(room)
            batch.records += read.filter { !compacted.contains($0.offset) }.map(\.asRead)
            let next = position + Int64(read.count)
            positions[place] = next
            if next == end(place), foundEnds[place] != next {
                foundEnds[place] = next
                batch.foundEnds[place] = next
            }
        }
        world.advance(batch.records.isEmpty ? wait : step)
        return batch
    }

    func knownEnd(of place: TopicPartition) -> Int64? { end(place) }
    func currentEnds() -> Offsets? {
        hasStatistics ? Dictionary(uniqueKeysWithValues: records.keys.map { ($0, end($0)) }) : nil
    }

    func commitSoon(_ offsets: Offsets, mark: String) throws {
        for (place, offset) in offsets { committed[place] = Commit(offset: offset, mark: mark) }
    }
    func commit(_ offsets: Offsets, mark: String, within limit: Duration) throws -> CommitFault? {
        try commitSoon(offsets, mark: mark)
        return nil
    }
    func askGroup(_ places: [TopicPartition]) throws { isGroupAsked = true }
    func close() {}
}
