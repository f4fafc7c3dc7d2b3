extension SessionTable {
    /// An open session.
    package struct Session: Sendable, Equatable {
        package var name: String
        /// The number of the last frame.
        package var sequence: Int64
        /// The stream's time at the last frame.
        package var time: Int64
        /// The number of frames stepped since it began or was begun anew.
        package var seen: Int
        /// Which of the last 64 numbers came as frames, the last one in the lowest bit: a number before the last
        /// that is not among them comes late, one that is comes again.
        package var received: UInt64
        /// The least number that it began with, or began anew.
        package var first: Int64
        /// The timestamp of the record that it began with; the least when that has none.
        package var opened = Int64.min
        /// The latest believed timestamp of its records; the least when none has one.
        package var stamp = Int64.min
        /// The number after a record that lay too far off to be followed; -1 when the last one did not.
        package var astray: Int64 = -1
        /// Whether its last frame lay too far ahead of the stream's time to be believed.
        package var isAhead = false
        /// How many records are known by their bytes; above the number of places it says which is next.
        package var records = 0
        /// Hashes of the last records.
        package var hashes = SIMD16<UInt64>(repeating: 0)
        /// The slots of the sessions used next before and after this one; -1 at the ends.
        var older = -1
        var newer = -1

        /// A session that begins.
        package init(
            name: String, sequence: Int64, time: Int64, seen: Int = 0, received: UInt64 = 0,
            first: Int64? = nil
        ) {
            self.name = name
            self.sequence = sequence
            self.time = time
            self.seen = seen
            self.received = received
            self.first = first ?? sequence + 1
        }
    }
}

extension SessionTable.Session {
    /// Begins anew at a number.
    mutating func begin(at first: Int64) {
        sequence = first - 1
        seen = 0
        received = 0
        self.first = min(self.first, first)
    }
}
