import Foundation
import KafkaBasics

/// The order in which records of several places were processed, on disk before their outputs are sent.
///
/// Kafka orders records within a partition only. What was learned by `counts` does not depend on the order
/// between partitions, but what was answered in between does. With this journal a restart processes the
/// records since the last snapshot in the same order and gives the same answers, bit for bit.
///
/// A journal belongs to the snapshot with the same number and begins where that ends. It begins with the topics that
/// are read (``OrderJournalHeader``); then come runs of 28 bytes each: number of the topic, partition, checksum, first
/// and last offset, little-endian. A torn last run is dropped: its outputs were not sent yet.
package final class OrderJournal {
    /// Neighbouring records of one place.
    package struct Run: Equatable, Sendable {
        package let place: TopicPartition
        package let first: Int64
        package let last: Int64

        package init(place: TopicPartition, first: Int64, last: Int64) {
            self.place = place
            self.first = first
            self.last = last
        }
    }

    private static let runBytes = 28
    private let file: any AppendedFile
    private let header: OrderJournalHeader

    /// Opens a journal to append to; what it holds stays. One that was cut before its first run is begun anew.
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
        // After a torn or broken run, go on at its beginning: what stood behind it would never be read.
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
        var data = Data(capacity: runs.count * Self.runBytes)
        for run in runs {
            guard let topic = header.topics.firstIndex(of: run.place.topic) else {
                preconditionFailure("a journal is opened for all topics that are read")
            }
            withUnsafeBytes(of: UInt32(topic).littleEndian) { data.append(contentsOf: $0) }
            withUnsafeBytes(of: run.place.partition.littleEndian) { data.append(contentsOf: $0) }
            withUnsafeBytes(of: run.checksum(topic: Int64(topic)).littleEndian) {
                data.append(contentsOf: $0)
            }
            withUnsafeBytes(of: run.first.littleEndian) { data.append(contentsOf: $0) }
            withUnsafeBytes(of: run.last.littleEndian) { data.append(contentsOf: $0) }
        }
        try write(data)
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
        /// The whole runs up to the first broken one.
        package let runs: [Run]
        /// The bytes up to the first broken run; none when there is no whole header.
        let wholeBytes: Int
        private let beginning: OrderJournalHeader.Beginning
        /// Nil when the file is not there.
        private let bytes: Data?
        private let runBytes: Int

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
            switch beginning {
            case .cut, .damaged: (runs, headerBytes, runBytes) = ([], 0, OrderJournal.runBytes)
            case .version1:
                runs = OrderJournal.runsOfVersion1(data, topic: topic)
                (headerBytes, runBytes) = (0, 24)
            case .version2(let header, let length), .version3(let header, let length):
                runs = OrderJournal.runs(data, from: length, topics: header.topics)
                (headerBytes, runBytes) = (length, OrderJournal.runBytes)
            }
            wholeBytes = headerBytes + runs.count * runBytes
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
            return isCut || rest < runBytes
                ? nil : "it is damaged after \(runs.count) runs; \(rest) bytes cannot be read"
        }

        /// Whether runs can be added: it is not there yet, was cut while it was begun, or is whole at its beginning and of
        /// these topics.
        func canBeAddedTo(topics: [String]) -> Bool {
            let wanted = OrderJournalHeader(topics: topics)
            switch beginning {
            case .cut: return wanted.isCut(in: bytes ?? Data())
            case .version3(let header, _): return header == wanted
            case .damaged, .version1, .version2: return false
            }
        }
    }

    fileprivate static func runs(_ data: Data, from start: Int, topics: [String]) -> [Run] {
        var runs: [Run] = []
        data.withUnsafeBytes { bytes in
            func load<Number: FixedWidthInteger>(_: Number.Type, _ offset: Int) -> Number {
                Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
            }
            for start in stride(from: start, to: bytes.count - runBytes + 1, by: runBytes) {
                let topic = Int(load(UInt32.self, start))
                guard topic < topics.count else { return }
                let run = Run(
                    place: TopicPartition(
                        topic: topics[topic], partition: load(Int32.self, start + 4)),
                    first: load(Int64.self, start + 12), last: load(Int64.self, start + 20))
                guard load(UInt32.self, start + 8) == run.checksum(topic: Int64(topic)) else { return }
                runs.append(run)
            }
        }
        return runs
    }

    /// Runs of 24 bytes without a header: partition, checksum, first and last offset.
    fileprivate static func runsOfVersion1(_ data: Data, topic: String) -> [Run] {
        var runs: [Run] = []
        data.withUnsafeBytes { bytes in
            func load<Number: FixedWidthInteger>(_: Number.Type, _ offset: Int) -> Number {
                Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
            }
            for start in stride(from: 0, to: bytes.count - 24 + 1, by: 24) {
                let run = Run(
                    place: TopicPartition(topic: topic, partition: load(Int32.self, start)),
                    first: load(Int64.self, start + 8), last: load(Int64.self, start + 16))
                guard load(UInt32.self, start + 4) == run.checksum(topic: nil) else { return }
                runs.append(run)
            }
        }
        return runs
    }
}

extension OrderJournal.Run {
    /// FNV-1a over the numbers of a run; the first version had no topic in it.
    fileprivate func checksum(topic: Int64?) -> UInt32 {
        var checksum = FNV1a()
        if let topic { checksum.add(topic) }
        checksum.add(Int64(place.partition))
        checksum.add(first)
        checksum.add(last)
        return checksum.value
    }
}
