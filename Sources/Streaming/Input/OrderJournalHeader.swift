import Foundation

/// The beginning of a journal: eight letters, the version, the number of topics, and each topic's length and name, all
/// little-endian.
struct OrderJournalHeader: Equatable {
    /// What a journal is.
    enum Format: Equatable {
        /// Without a header, of one topic that it does not name.
        case format1
        /// With a header.
        case format2(OrderJournalHeader)
    }

    private static let letters = Array("WEIRJRNL".utf8)
    private static let version: UInt32 = 2

    let topics: [String]

    /// The bytes of the header.
    var encoded: Data {
        var data = Data(Self.letters)
        withUnsafeBytes(of: Self.version.littleEndian) { data.append(contentsOf: $0) }
        withUnsafeBytes(of: UInt32(topics.count).littleEndian) { data.append(contentsOf: $0) }
        for topic in topics {
            withUnsafeBytes(of: UInt16(topic.utf8.count).littleEndian) { data.append(contentsOf: $0) }
            data.append(contentsOf: topic.utf8)
        }
        return data
    }

    /// More bytes than a header has: a topic's name has at most 249, and a stream reads a few of them.
    static let bytesLimit = 1 << 16

    /// What a file is; nil when it is empty, or ends within its header.
    ///
    /// - Throws: ``StateError`` when it is of a later version.
    static func read(_ data: Data, path: String) throws -> Format? {
        let bytes = [UInt8](data.prefix(bytesLimit))
        guard !bytes.isEmpty else { return nil }
        guard bytes.starts(with: letters) else {
            // A header that was cut within its letters is no run either.
            return letters.starts(with: bytes) ? nil : .format1
        }
        var rest = bytes.dropFirst(letters.count)
        func number(_ size: Int) -> Int? {
            guard rest.count >= size else { return nil }
            defer { rest = rest.dropFirst(size) }
            return rest.prefix(size).reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        guard let version = number(4) else { return nil }
        guard version == Self.version else {
            throw StateError(
                "\(path) is a journal of version \(version), this Weir reads 1 and \(Self.version). Go on with the newer Weir, or begin anew with another snapshots.folder and consumer.group: with start: earliest the log teaches the new model"
            )
        }
        guard let count = number(4) else { return nil }
        var topics: [String] = []
        for _ in 0..<count {
            guard let length = number(2), rest.count >= length else { return nil }
            topics.append(String(decoding: rest.prefix(length), as: UTF8.self))
            rest = rest.dropFirst(length)
        }
        return .format2(OrderJournalHeader(topics: topics))
    }
}
