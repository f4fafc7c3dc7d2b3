import Foundation
import KafkaBasics
import Messages
import Streaming

/// A record of the input, in memory of its own.
final class SimulatedRecord: RecordBlock, @unchecked Sendable {
    /// What comes of it.
    enum Kind {
        /// An answer.
        case sample
        /// A dead letter.
        case bad
        /// It depends: an instruction can be followed or not, frames have answers or none.
        case other
    }

    let kind: Kind
    let place: TopicPartition
    let offset: Int64
    let timestamp: Int64?
    private let memory: UnsafeMutableRawBufferPointer?
    private let recordKey: UnsafeMutableRawBufferPointer

    init(kind: Kind, place: TopicPartition, offset: Int64, timestamp: Int64?, value: [UInt8]?) {
        self.kind = kind
        self.place = place
        self.offset = offset
        self.timestamp = timestamp
        memory = value.map(Self.copy)
        recordKey = Self.copy(Array("key \(offset)".utf8))
    }

    private static func copy(_ bytes: [UInt8]) -> UnsafeMutableRawBufferPointer {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
        memory.copyBytes(from: bytes)
        return UnsafeMutableRawBufferPointer(start: memory.baseAddress, count: bytes.count)
    }

    deinit {
        memory?.deallocate()
        recordKey.deallocate()
    }

    var value: UnsafeRawBufferPointer? { memory.map { UnsafeRawBufferPointer($0) } }

    var asRead: LogRecord {
        LogRecord(
            place: place, offset: offset, timestampMilliseconds: timestamp,
            key: UnsafeRawBufferPointer(recordKey), value: value, block: self, number: 0)
    }

    func hasHeaders(_ number: Int) -> Bool { false }
    func headers(_ number: Int) -> [Header] { [] }
    func header(_ number: Int, named name: String) -> UnsafeRawBufferPointer? { nil }
}

/// The brokers: the input, and what the group committed.
final class SimulatedCluster {
    struct Partition {
        /// By offset; between them there may be gaps.
        var records: [SimulatedRecord] = []
        /// The offset of the oldest record that is still there.
        var low: Int64 = 0
        /// The offset after the newest.
        var end: Int64 = 0
        var unavailableUntil = Duration.zero
    }

    let topic: String
    let world: SimulatedWorld
    var partitions: [TopicPartition: Partition] = [:]
    var committed: Commits = [:]
    private var produced = 0
    /// By session the number of its next frame.
    private var sequences = [Int64](repeating: 0, count: 4)
    /// A partition whose end is lost, as it was, and since when.
    private(set) var lostEnd: (place: TopicPartition, whole: Partition, at: Duration)?

    init(_ world: SimulatedWorld, topic: String) {
        self.world = world
        self.topic = topic
        for number in 0..<world.plan.partitions { partitions[place(number)] = Partition() }
    }

    /// A place of the samples' topic.
    static func place(_ number: Int) -> TopicPartition {
        TopicPartition(topic: "weir.s.samples", partition: Int32(number))
    }

    private func place(_ number: Int) -> TopicPartition {
        TopicPartition(topic: topic, partition: Int32(number))
    }

    var places: [TopicPartition] { partitions.keys.sorted() }

    /// Adds records, as producers do, as long as there are some.
    func produce(_ count: Int) { add(min(count, world.plan.records - produced)) }

    /// Adds the last records, and some more.
    ///
    /// - Parameter place: none of them goes there.
    func produceRest(_ more: Int, except place: TopicPartition?) {
        add(max(0, world.plan.records - produced) + more, except: place)
    }

    private func add(_ count: Int, except: TopicPartition? = nil) {
        let places = places.filter { $0 != except }
        for _ in 0..<max(0, count) {
            let place = places[world.below(places.count)]
            guard var partition = partitions[place] else { continue }
            if world.happens(.offsetGaps, oneIn: 10) { partition.end += Int64(1 + world.below(3)) }
            let (kind, value) = content()
            // Some come late, many at the same moment, a few without a time.
            var time: Int64? = world.milliseconds - Int64(world.below(3) == 0 ? world.below(400) : 0)
            if world.below(50) == 0 { time = nil }
            partition.records.append(
                SimulatedRecord(
                    kind: kind, place: place, offset: partition.end, timestamp: time, value: value))
            partition.end += 1
            partitions[place] = partition
            produced += 1
        }
    }

    private func content() -> (SimulatedRecord.Kind, [UInt8]?) {
        if world.happens(.badRecords, oneIn: 8) {
            let bad: [[UInt8]?] = [
                nil, [], Array("{\"id\":".utf8), Array("{\"id\":\"x\",\"features\":[1]}".utf8),
            ]
            return (.bad, bad[world.below(bad.count)])
        }
        var bytes: [UInt8] = []
        guard world.plan.kind == .samples else {
            frame().encodeJSON(into: &bytes)
            return (.other, bytes)
        }
        let number = world.below(3) == 0 ? world.below(produced + 1) : produced
        let sample = Self.sample(number, dimension: Simulation.dimension)
        if world.happens(.instructions, oneIn: 12) {
            let instruction: Instruction =
                switch world.below(4) {
                case 0: .deleteClass(label: "class \(world.below(3))")
                case 1: .renameClass(label: "class \(world.below(3))", to: "class \(world.below(4))x")
                case 2: .mergeClasses(label: "class \(world.below(3))", into: "class 2")
                default:
                    .unlearn(
                        id: sample.id, features: sample.features, label: sample.label ?? "class 0", weight: 1)
                }
            instruction.encodeJSON(into: &bytes)
            return (.other, bytes)
        }
        sample.encodeJSON(into: &bytes)
        return (.sample, bytes)
    }

    /// The next frames of a session: some are missing, some come twice, some are its last.
    private func frame() -> Frame {
        let session = world.below(sequences.count)
        switch world.below(12) {
        case 0: sequences[session] += Int64(world.below(4))
        case 1: sequences[session] = max(0, sequences[session] - Int64(world.below(3)))
        default: break
        }
        let count = 1 + world.below(2)
        let first = sequences[session]
        let isEnd = world.below(20) == 0
        sequences[session] = isEnd ? 0 : first + Int64(count)
        let classes = ["still", "walk", "run", "jump"]
        return Frame(
            session: "session \(session)", sequence: first,
            values: (0..<(3 * count)).map { Float((Int(first) * 7 + $0 * 5 + session) % 11) / 4 },
            count: count,
            label: world.below(3) == 0 ? nil : classes[session], isEnd: isEnd,
            answersLastOnly: world.below(4) == 0)
    }

    /// The same number is the same sample: some are sent twice.
    private static func sample(_ number: Int, dimension: Int) -> Sample {
        let label = number * 7 % 3
        let features = (0..<dimension).map { Float($0 == label ? 4 : 0) + Float(number * (13 + $0) % 17) / 8 }
        return Sample(
            id: "sample \(number)", features: features, label: number % 6 == 5 ? nil : "class \(label)")
    }

    /// All records of a place that ever were.
    func records(of place: TopicPartition) -> [SimulatedRecord] {
        if let lostEnd, lostEnd.place == place { return lostEnd.whole.records }
        return partitions[place]?.records ?? []
    }

    /// A partition loses its end: the record before an offset, and what comes after it.
    func loseEnd(of place: TopicPartition, before offset: Int64) {
        guard let whole = partitions[place] else { return }
        let end = max(whole.low, offset - 1)
        world.trace("\(place) ends at \(end) now")
        lostEnd = (place, whole, world.elapsed)
        partitions[place]?.records.removeAll { $0.offset >= end }
        partitions[place]?.end = end
    }

    /// A partition is made anew, and longer than it was: another record lies at an offset and at those after it.
    func exchange(_ place: TopicPartition, from offset: Int64) {
        guard let whole = partitions[place] else { return }
        world.trace("\(place) is another from \(offset) on")
        lostEnd = (place, whole, world.elapsed)
        partitions[place]?.records.removeAll { $0.offset >= offset }
        for offset in offset..<(whole.end + 3) {
            partitions[place]?.records.append(
                SimulatedRecord(
                    kind: .bad, place: place, offset: offset, timestamp: world.milliseconds + 1,
                    value: Array("another".utf8)))
        }
        partitions[place]?.end = whole.end + 3
    }

    /// It has its end again.
    func bringEndBack() {
        if let lostEnd { partitions[lostEnd.place] = lostEnd.whole }
        lostEnd = nil
    }

    func addPartition() {
        let place = place(partitions.count)
        world.trace("\(place) is new")
        partitions[place] = Partition()
    }

    /// Removes the records of a place below an offset.
    func retain(_ place: TopicPartition, from low: Int64) {
        world.trace("\(place) begins at \(low) now")
        partitions[place]?.low = low
    }
}
