import Foundation
import KafkaBasics

/// What became of the records of several places, on disk before anybody else hears of it: in which order they were
/// processed, before their outputs are sent, and up to where they are answered, before that is committed.
///
/// Kafka orders records within a partition only. What was learned by `counts` does not depend on the order
/// between partitions, but what was answered in between does. With this journal a restart processes the
/// records since the last snapshot in the same order and gives the same answers, bit for bit.
///
/// A journal belongs to the snapshot with the same number and begins where that ends. It begins with the topics that
/// are read (``OrderJournalHeader``); then come entries of 40 bytes each: number of the topic, partition, checksum, number
/// of records, first and last offset, fingerprint of the last record, little-endian. An entry whose first offset is -1
/// says that all before its last offset is answered; one with -2, that the answers to the runs below may be others than
/// those given before. A torn last entry is dropped: what it says was not done yet.
///
/// A journal that is begun while an earlier one is followed begins with what is left of that.
package final class OrderJournal {
    /// Neighbouring records of one place.
    package struct Run: Equatable, Sendable {
        package let place: TopicPartition
        package let first: Int64
        package let last: Int64
        /// How many records there are from the first to the last; nil in a journal of an earlier version.
        package let count: Int?
        /// That of the last record; nil in a journal of an earlier version.
        package let fingerprint: UInt64?

        package init(
            place: TopicPartition, first: Int64, last: Int64, count: Int? = nil, fingerprint: UInt64? = nil
        ) {
            self.place = place
            self.first = first
            self.last = last
            self.count = count
            self.fingerprint = fingerprint
        }

        /// What comes after an offset within it: so many records.
        func rest(behind offset: Int64, count: Int) -> Run {
            Run(place: place, first: offset + 1, last: last, count: count, fingerprint: fingerprint)
        }
    }

    private static let entryBytes = 40
    /// The first offset of an entry that says what is answered.
    private static let answeredMark: Int64 = -1
    /// The first offset of an entry that says that records before were gone when they were to be processed again.
    private static let alteredMark: Int64 = -2
    private let file: any AppendedFile
    private let header: OrderJournalHeader

    /// Opens a journal to append to; what it holds stays. One that was cut before its first entry is begun anew.
    ///
    /// - Parameter topics: the topics that are read.
    /// - Throws: ``StateError`` when the file cannot be opened, or is of other topics or another version.
    package init(path: String, topics: [String], on disk: any StateDisk) throws {
        header = OrderJournalHeader(topics: topics)
        let content = try Content(path: path, topic: "", on: disk)
        guard content.canBeAddedTo(topics: topics) else {
            throw StateError(
                "\(path) is damaged at its beginning, or of other topics or an earlier version: nothing is added to it"
            )
        }
        // After a torn or broken entry, go on at its beginning: what stood behind it would never be read.
        do {
            file = try disk.open(path, keeping: content.wholeBytes)
        } catch let error as StateError {
            throw Self.explained(error)
        }
        if content.wholeBytes == 0 { try write(header.encoded) }
    }

    /// Appends runs in one write.
    ///
    /// - Throws: ``StateError`` when the disk is full or gone.
    package func append(_ runs: [Run]) throws {
        var data = Data(capacity: runs.count * Self.entryBytes)
        for run in runs {
            add(
                run.place, count: UInt32(clamping: run.count ?? 0), first: run.first, last: run.last,
                fingerprint: run.fingerprint ?? 0, to: &data)
        }
        try write(data)
    }

    /// Notes by place the offset before which all is answered, in one write.
    ///
    /// - Throws: ``StateError`` when the disk is full or gone.
    package func append(answered: Offsets) throws {
        guard !answered.isEmpty else { return }
        var data = Data(capacity: answered.count * Self.entryBytes)
        for (place, offset) in answered.sorted(by: { $0.key < $1.key }) {
            add(place, count: 0, first: Self.answeredMark, last: offset, fingerprint: 0, to: &data)
        }
        try write(data)
    }

    /// Notes that the answers to what is appended next may be others than those given before.
    ///
    /// - Throws: ``StateError`` when the disk is full or gone.
    package func appendAltered() throws {
        guard let topic = header.topics.first else { return }
        var data = Data(capacity: Self.entryBytes)
        let place = TopicPartition(topic: topic, partition: 0)
        add(place, count: 0, first: Self.alteredMark, last: 0, fingerprint: 0, to: &data)
        try write(data)
    }

    private func add(
        _ place: TopicPartition, count: UInt32, first: Int64, last: Int64, fingerprint: UInt64,
        to data: inout Data
    ) {
        guard let topic = header.topics.firstIndex(of: place.topic) else {
            preconditionFailure("a journal is opened for all topics that are read")
        }
        func append(_ number: some FixedWidthInteger) {
            withUnsafeBytes(of: number.littleEndian) { data.append(contentsOf: $0) }
        }
        append(UInt32(topic))
        append(place.partition)
        append(
            Self.checksum([
                Int64(topic), Int64(place.partition), Int64(count), first, last,
                Int64(bitPattern: fingerprint),
            ]))
        append(count)
        append(first)
        append(last)
        append(fingerprint)
    }

    /// FNV-1a over the numbers of an entry.
    private static func checksum(_ numbers: [Int64]) -> UInt32 {
        var checksum = FNV1a()
        for number in numbers { checksum.add(number) }
        return checksum.value
    }

    private func write(_ data: Data) throws {
        do {
            try file.append(data)
        } catch let error as StateError {
            throw Self.explained(error)
        }
    }

    private static func explained(_ error: StateError) -> StateError {
        StateError(
            "\(error). Check the folder's rights and the disk's space; nothing is lost, restart afterwards")
    }

    /// Closes the file.
    package func close() { file.close() }

    /// What a journal's file holds.
    package struct Content {
        /// The whole runs up to the first broken entry.
        package let runs: [Run]
        /// By place the offset before which all is answered, as far as the journal says.
        package let answered: Offsets
        /// Whether answers to runs of it may be others than those given before.
        package let isAltered: Bool
        /// The bytes up to the first broken entry; none when there is no whole header.
        let wholeBytes: Int
        private let beginning: OrderJournalHeader.Beginning
        /// Nil when the file is not there.
        private let bytes: Data?
        private let entryBytes: Int

        /// Reads a file.
        ///
        /// - Parameter topic: the topic of a journal of the first version, which does not name it.
        /// - Throws: ``StateError`` when it cannot be read, or is of a later version.
        package init(path: String, topic: String, on disk: any StateDisk) throws {
            try self.init(bytes: disk.read(path), path: path, topic: topic)
        }

        /// Reads the bytes of a file; nil when it is not there.
        package init(bytes data: Data?, path: String, topic: String) throws {
            self.bytes = data
            let data = data ?? Data()
            beginning = try OrderJournalHeader.read(data, path: path)
            let headerBytes: Int
            var entries = 0
            var runs: [Run] = []
            var answered: Offsets = [:]
            var isAltered = false
            switch beginning {
            case .cut, .damaged: (headerBytes, entryBytes) = (0, OrderJournal.entryBytes)
            case .version1:
                runs = OrderJournal.runsOfVersion1(data, topic: topic)
                (headerBytes, entryBytes, entries) = (0, 24, runs.count)
            case .version2(let header, let length), .version3(let header, let length):
                runs = OrderJournal.earlierRuns(data, from: length, topics: header.topics)
                (headerBytes, entryBytes, entries) = (length, OrderJournal.runBytes, runs.count)
            case .version4(let header, let length):
                (headerBytes, entryBytes) = (length, OrderJournal.entryBytes)
                OrderJournal.entries(data, from: length, topics: header.topics) { run in
                    entries += 1
                    switch run.first {
                    case OrderJournal.answeredMark:
                        answered[run.place] = max(answered[run.place] ?? 0, run.last)
                    case OrderJournal.alteredMark: isAltered = true
                    default: runs.append(run)
                    }
                }
            }
            (self.runs, self.answered, self.isAltered) = (runs, answered, isAltered)
            wholeBytes = headerBytes + entries * entryBytes
        }

        /// What is wrong with it, for people; nil when it is whole, but for an end that was cut.
        ///
        /// - Parameter topics: those that are read.
        package func damage(topics: [String]) -> String? {
            guard let bytes else { return "it is not there" }
            let isCut = beginning == .cut && OrderJournalHeader(topics: topics).isCut(in: bytes)
            guard beginning != .damaged, beginning != .cut || isCut else {
                return "it is damaged at its beginning"
            }
            let rest = bytes.count - wholeBytes
            return isCut || rest < entryBytes
                ? nil : "it is damaged after \(runs.count) runs; \(rest) bytes cannot be read"
        }

        /// Whether runs can be added: it is not there yet, was cut while it was begun, or is whole at its beginning and of
        /// these topics.
        func canBeAddedTo(topics: [String]) -> Bool {
            let wanted = OrderJournalHeader(topics: topics)
            switch beginning {
            case .cut: return wanted.isCut(in: bytes ?? Data())
            case .version4(let header, _): return header == wanted
            case .damaged, .version1, .version2, .version3: return false
            }
        }
    }

    /// Hands out the entries up to the first broken one.
    fileprivate static func entries(
        _ data: Data, from start: Int, topics: [String], _ take: (Run) -> Void
    ) {
        data.withUnsafeBytes { bytes in
            for start in stride(from: start, to: bytes.count - entryBytes + 1, by: entryBytes) {
                func load<Number: FixedWidthInteger>(_: Number.Type, _ offset: Int) -> Number {
                    Number(littleEndian: bytes.loadUnaligned(fromByteOffset: start + offset, as: Number.self))
                }
                let (topic, partition) = (load(UInt32.self, 0), load(Int32.self, 4))
                let (count, first, last) = (
                    load(UInt32.self, 12), load(Int64.self, 16), load(Int64.self, 24)
                )
                let fingerprint = load(UInt64.self, 32)
                let wanted = checksum([
                    Int64(topic), Int64(partition), Int64(count), first, last,
                    Int64(bitPattern: fingerprint),
                ])
                guard topic < topics.count, load(UInt32.self, 8) == wanted else { return }
                take(
                    Run(
                        place: TopicPartition(topic: topics[Int(topic)], partition: partition), first: first,
                        last: last, count: count > 0 ? Int(count) : nil,
                        fingerprint: fingerprint > 0 ? fingerprint : nil))
            }
        }
    }
}
