import Foundation
import KafkaBasics

/// Journals of versions 1 to 3, which are read and not added to.
extension OrderJournal {
    /// The bytes of a run of versions 2 and 3.
    static let runBytes = 28

    /// Runs of 28 bytes, without count and fingerprint.
    static func earlierRuns(_ data: Data, from start: Int, topics: [String]) -> [Run] {
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
                guard load(UInt32.self, start + 8) == run.earlierChecksum(topic: Int64(topic)) else { return }
                runs.append(run)
            }
        }
        return runs
    }

    /// Runs of 24 bytes without a header: partition, checksum, first and last offset.
    static func runsOfVersion1(_ data: Data, topic: String) -> [Run] {
        var runs: [Run] = []
        data.withUnsafeBytes { bytes in
            func load<Number: FixedWidthInteger>(_: Number.Type, _ offset: Int) -> Number {
                Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
            }
            for start in stride(from: 0, to: bytes.count - 24 + 1, by: 24) {
                let run = Run(
                    place: TopicPartition(topic: topic, partition: load(Int32.self, start)),
                    first: load(Int64.self, start + 8), last: load(Int64.self, start + 16))
                guard load(UInt32.self, start + 4) == run.earlierChecksum(topic: nil) else { return }
                runs.append(run)
            }
        }
        return runs
    }
}

extension OrderJournal.Run {
    /// FNV-1a over the numbers of a run as versions 1 to 3 had it; the first had no topic in it.
    func earlierChecksum(topic: Int64?) -> UInt32 {
        var checksum = FNV1a()
        if let topic { checksum.add(topic) }
        checksum.add(Int64(place.partition))
        checksum.add(first)
        checksum.add(last)
        return checksum.value
    }
}
