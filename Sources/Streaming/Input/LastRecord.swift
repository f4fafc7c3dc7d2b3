import Digests

/// A record by which a topic is known again: one made anew, or one that lost its end, has another there.
package struct LastRecord: Equatable, Sendable, Codable {
    /// Its offset.
    package let offset: Int64
    /// Sixteen hexadecimal digits over time, key and value.
    package let fingerprint: String

    package init(offset: Int64, fingerprint: String) {
        self.offset = offset
        self.fingerprint = fingerprint
    }

    /// Of a record.
    package init(_ record: LogRecord) {
        self.init(
            offset: record.offset, fingerprint: StreamInstance.hexadecimal(record.fingerprint))
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
