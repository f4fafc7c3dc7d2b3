/// Which records are of a recording that ended, though they come after its end.
extension SessionTable {
    /// What is known of a record beside its session.
    package struct Record: Sendable {
        /// The number of the first frame.
        package var first: Int64
        /// How many there are; 0 when the record only ends the session.
        package var frames: Int
        /// When it was made, or nil when it does not say.
        package var timestamp: Int64?
        /// Whether the session ends after these frames.
        package var isEnd: Bool
        /// A hash of its bytes, by which it is known again; nil for a record that is like no other.
        package var hash: UInt64?

        package init(first: Int64, frames: Int, timestamp: Int64?, isEnd: Bool, hash: UInt64? = nil) {
            self.first = first
            self.frames = frames
            self.timestamp = timestamp
            self.isEnd = isEnd
            self.hash = hash
        }

        var last: Int64 { first + Int64(frames) - 1 }
    }

    /// Whether a record is one of the recording that ended under its name, sent again or late, and no part of the one
    /// that may have begun since.
    ///
    /// Numbers alone do not say: a new recording has the same ones. A producer that tries again keeps a record's time,
    /// so that it is older than all of a new recording; what is sent anew by a program has the same bytes.
    func isOfEnded(_ record: Record, _ name: String) -> Bool {
        guard let ended = ended.ended(name, at: time) else { return false }
        let isOld = ended.stamp != .min && (record.timestamp.map { $0 <= ended.stamp } ?? false)
        let open = session(named: name)
        if let open {
            let isBefore = isOld && (record.timestamp ?? .max) < open.opened
            guard record.frames > 0 else { return isBefore }
            guard record.first >= ended.first, record.last <= ended.sequence else { return false }
            // A recording may be played again, byte for byte: what comes next in it is part of it.
            return isBefore
                || (record.first > open.sequence + 1 && record.first > ended.first
                    && ended.knows(record.hash))
        }
        guard record.frames > 0, record.first >= ended.first, record.last <= ended.sequence else {
            return false
        }
        // A recording begins with its first number, and so does the next.
        guard record.first == ended.first else { return isOld || ended.knows(record.hash) }
        return ended.knows(record.hash) && (isOld || record.isEnd)
    }

    /// Counts frames that are not stepped, as what came twice or what came too late.
    mutating func count(_ numbers: Range<Int64>, before session: Session, isSame: Bool = false) {
        for number in numbers {
            let age = session.sequence - number
            if isSame || (age < 64 && session.received >> UInt64(age) & 1 == 1) {
                counts.duplicate += 1
            } else {
                counts.late += 1
            }
        }
    }
}

extension SessionTable.Session {
    /// Whether one of its last records had these bytes.
    func knows(_ hash: UInt64?) -> Bool {
        guard let hash else { return false }
        return (0..<min(records, hashes.scalarCount)).contains { hashes[$0] == hash }
    }

    /// Notes the bytes of a record.
    mutating func note(_ hash: UInt64?) {
        guard let hash else { return }
        hashes[records % hashes.scalarCount] = hash
        // Where the next one goes, and whether all places are taken, is all that is asked.
        records = records + 1 < 2 * hashes.scalarCount ? records + 1 : hashes.scalarCount
    }
}
