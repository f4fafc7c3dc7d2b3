import Foundation

/// The beginning of a journal: eight letters, the version, the length of the header, the number of topics, each topic's
/// length and name, and a checksum (FNV-1a) of all before it. Numbers are little-endian.
///
/// Every later version begins so too, up to the length, and has its checksum at the end of it: a damaged header is told
/// from a newer one.
struct OrderJournalHeader: Equatable {
    /// What a file begins with.
    enum Beginning: Equatable {
        /// Nothing, or a part of a header.
        case cut
        /// A header that was changed.
        case damaged
        /// A run: the first version, of one topic that it does not name, had no header.
        case version1
        /// A header of the second version, which had neither length nor checksum; and its bytes.
        case version2(OrderJournalHeader, bytes: Int)
        /// A header of the third version, whose runs had neither count nor fingerprint; and its bytes.
        case version3(OrderJournalHeader, bytes: Int)
        /// A header; and its bytes.
        case version4(OrderJournalHeader, bytes: Int)
    }

    private static let letters = Array("WEIRJRNL".utf8)
    private static let version: UInt32 = 4
    /// More bytes than a header has: a topic's name has at most 249, and a stream reads a few of them.
    private static let bytesLimit = 1 << 16

    let topics: [String]

    /// The bytes of the header.
    var encoded: Data {
        var rest = Data()
        withUnsafeBytes(of: UInt32(topics.count).littleEndian) { rest.append(contentsOf: $0) }
        for topic in topics {
            withUnsafeBytes(of: UInt16(topic.utf8.count).littleEndian) { rest.append(contentsOf: $0) }
            rest.append(contentsOf: topic.utf8)
        }
        var data = Data(Self.letters)
        withUnsafeBytes(of: Self.version.littleEndian) { data.append(contentsOf: $0) }
        withUnsafeBytes(of: UInt32(data.count + 4 + rest.count + 4).littleEndian) {
            data.append(contentsOf: $0)
        }
        data.append(rest)
        withUnsafeBytes(of: Self.checksum(data).littleEndian) { data.append(contentsOf: $0) }
        return data
    }

    /// Reads the beginning of a file.
    ///
    /// - Throws: ``StateError`` when it is of a later version.
    static func read(_ data: Data, path: String) throws -> Beginning {
        let bytes = [UInt8](data.prefix(bytesLimit))
        guard bytes.starts(with: letters) else {
            // A header that was cut within its letters is no run either.
            return letters.starts(with: bytes) ? .cut : .version1
        }
        var rest = bytes.dropFirst(letters.count)
        guard let version = number(&rest, 4) else { return .cut }
        if version == 2 {
            guard let topics = topics(&rest) else { return .cut }
            return .version2(OrderJournalHeader(topics: topics), bytes: bytes.count - rest.count)
        }
        guard let length = number(&rest, 4) else { return .cut }
        guard (letters.count + 16...bytesLimit).contains(length) else { return .damaged }
        guard length <= bytes.count else {
            // Cut or damaged: whoever goes on compares with the header that it should be.
            return .cut
        }
        var end = bytes[(length - 4)..<length]
        guard number(&end, 4) == Int(checksum(Data(bytes[..<(length - 4)]))) else { return .damaged }
        guard version == 3 || version == Self.version else {
            throw StateError(
                "\(path) is a journal of version \(version), this Weir reads 1 to \(Self.version). Go on with the newer Weir, or begin anew with another snapshots.folder and consumer.group: with start: earliest the log teaches the new model"
            )
        }
        guard let topics = topics(&rest) else { return .damaged }
        let header = OrderJournalHeader(topics: topics)
        return version == 3 ? .version3(header, bytes: length) : .version4(header, bytes: length)
    }

    /// Whether a file that ends within a header was this one.
    func isCut(in data: Data) -> Bool { encoded.starts(with: data.prefix(Self.bytesLimit)) }

    /// The next number of so many bytes; nil when there are fewer.
    private static func number(_ rest: inout ArraySlice<UInt8>, _ size: Int) -> Int? {
        guard rest.count >= size else { return nil }
        defer { rest = rest.dropFirst(size) }
        return rest.prefix(size).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    private static func topics(_ rest: inout ArraySlice<UInt8>) -> [String]? {
        guard let count = number(&rest, 4) else { return nil }
        var topics: [String] = []
        for _ in 0..<count {
            guard let length = number(&rest, 2), rest.count >= length else { return nil }
            topics.append(String(decoding: rest.prefix(length), as: UTF8.self))
            rest = rest.dropFirst(length)
        }
        return topics
    }

    private static func checksum(_ data: Data) -> UInt32 {
        var checksum = FNV1a()
        for byte in data { checksum.add(byte) }
        return checksum.value
    }
}
