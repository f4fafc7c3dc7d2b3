import Digests

/// A record by which a topic is known again: one made anew, or one that lost its end, has another there.
package struct LastRecord: Equatable, Sendable {
    /// Its offset.
    package let offset: Int64
    /// Over time, key and value.
    package let fingerprint: UInt64

    package init(offset: Int64, fingerprint: UInt64) {
        self.offset = offset
        self.fingerprint = fingerprint
    }

    /// Of a record.
    package init(_ record: LogRecord) { self.init(offset: record.offset, fingerprint: record.fingerprint) }
}

/// The fingerprint as sixteen hexadecimal digits: JSON's readers keep 53 bits of a number.
extension LastRecord: Codable {
    private enum CodingKeys: String, CodingKey { case offset, fingerprint }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let digits = try values.decode(String.self, forKey: .fingerprint)
        guard let fingerprint = UInt64(digits, radix: 16) else {
            throw DecodingError.dataCorruptedError(
                forKey: .fingerprint, in: values, debugDescription: "sixteen hexadecimal digits are wanted")
        }
        self.init(offset: try values.decode(Int64.self, forKey: .offset), fingerprint: fingerprint)
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(offset, forKey: .offset)
        try values.encode(StreamInstance.hexadecimal(fingerprint), forKey: .fingerprint)
    }
}

extension LogRecord {
    /// xxHash64 over the time, the key and the value; never 0.
    package var fingerprint: UInt64 {
        var hash = UInt64(bitPattern: timestampMilliseconds ?? -1)
        for part in [key, value] {
            // A null is no empty one.
            hash = part.map { XXHash64.hash($0, seed: hash) } ?? (hash &* 31 &+ 1)
        }
        return max(1, hash)
    }
}
