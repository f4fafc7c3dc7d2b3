import Foundation

/// The order in which records of several partitions were processed, on disk before their outputs are sent.
///
/// Kafka orders records within a partition only. What was learned by `counts` does not depend on the order
/// between partitions, but what was answered in between does. With this journal a restart processes the
/// records since the last snapshot in the same order and gives the same answers, bit for bit.
///
/// A journal belongs to the snapshot with the same number and begins where that ends. It is a row of runs of
/// 24 bytes each: partition, checksum, first and last offset, little-endian. A torn last run is dropped: its
/// outputs were not sent yet.
package final class OrderJournal {
    /// Neighbouring records of one partition.
    package struct Run: Equatable, Sendable {
        package let partition: Int32
        package let first: Int64
        package let last: Int64

        package init(partition: Int32, first: Int64, last: Int64) {
            self.partition = partition
            self.first = first
            self.last = last
        }

        fileprivate var checksum: UInt32 {
            var hash: UInt32 = 2_166_136_261
            for value in [Int64(partition), first, last] {
                for shift in stride(from: 0, to: 64, by: 8) {
                    hash = (hash ^ UInt32(truncatingIfNeeded: value >> Int64(shift)) & 255) &* 16_777_619
                }
            }
            return hash
        }
    }

    private static let runBytes = 24
    private let file: FileHandle
    private let path: String

    /// Opens a journal to append to; what it holds stays.
    ///
    /// - Throws: ``StateError`` when the file cannot be opened.
    package init(path: String) throws {
        if !FileManager.default.fileExists(atPath: path) {
            guard FileManager.default.createFile(atPath: path, contents: nil) else {
                throw StateError("\(path) cannot be created: check the folder's rights and the disk's space")
            }
        }
        guard let file = FileHandle(forUpdatingAtPath: path) else {
            throw StateError("\(path) cannot be opened for writing")
        }
        self.file = file
        self.path = path
        // After a torn run, go on at its beginning.
        let size = try file.seekToEnd()
        try file.seek(toOffset: size - size % UInt64(Self.runBytes))
    }

    /// Appends runs in one write.
    ///
    /// - Throws: ``StateError`` when the disk is full or gone.
    package func append(_ runs: [Run]) throws {
        var data = Data(capacity: runs.count * Self.runBytes)
        for run in runs {
            withUnsafeBytes(of: run.partition.littleEndian) { data.append(contentsOf: $0) }
            withUnsafeBytes(of: run.checksum.littleEndian) { data.append(contentsOf: $0) }
            withUnsafeBytes(of: run.first.littleEndian) { data.append(contentsOf: $0) }
            withUnsafeBytes(of: run.last.littleEndian) { data.append(contentsOf: $0) }
        }
        do {
            try file.write(contentsOf: data)
        } catch {
            throw StateError(
                "\(path) cannot be written: \(error.localizedDescription). Free some space; nothing is lost, restart afterwards"
            )
        }
    }

    /// Closes the file.
    package func close() { try? file.close() }

    /// Reads the whole runs of a file up to the first broken one; a file that is not there has none.
    package static func runs(path: String) -> [Run] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        var runs: [Run] = []
        data.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: bytes.count - runBytes + 1, by: runBytes) {
                let run = Run(
                    partition: Int32(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: Int32.self)),
                    first: Int64(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: start + 8, as: Int64.self)),
                    last: Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: start + 16, as: Int64.self))
                )
                let checksum = UInt32(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: start + 4, as: UInt32.self))
                guard checksum == run.checksum else { return }
                runs.append(run)
            }
        }
        return runs
    }
}
