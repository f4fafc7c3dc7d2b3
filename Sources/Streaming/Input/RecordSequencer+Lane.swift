import KafkaBasics

extension RecordSequencer {
    /// The records of one place that wait for their turn.
    struct Lane {
        /// How much of what was handed out may still be there.
        private static let keptBytes = 4 << 20

        let place: TopicPartition
        var records: [LogRecord] = []
        var head = 0
        /// The offset after the last record read.
        var received: Int64
        /// The offset after the last record handed out.
        var handed: Int64
        /// The offset after the last record in the topic, as last heard.
        var end: Int64
        /// The offset before which the records are gone from the topic.
        var floor: Int64
        /// The offset at which the client found the partition's end.
        var foundEnd: Int64 = -1
        /// Whether it was waited for in vain and has given nothing since.
        var isGivenUp = false
        /// When records came: those before the offset came at the latest then.
        var arrivals: [(offset: Int64, time: ContinuousClock.Instant)] = []

        /// The memory of those that wait.
        var bytes = 0
        /// The memory of those before the head.
        var handedBytes = 0

        var count: Int { records.count - head }
        var first: LogRecord? { head < records.count ? records[head] : nil }
        /// Whether there is nothing more to read now. Offsets without records, such as a transaction's end, are
        /// passed over by the client, which says where it found the end.
        var isAtEnd: Bool { received >= end || foundEnd >= end }
        /// When its next record came, as far as is known.
        var firstArrival: ContinuousClock.Instant? {
            guard let first else { return nil }
            return arrivals.first { $0.offset > first.offset }?.time
        }

        /// Takes in records when there are none.
        mutating func fill(_ records: [LogRecord]) {
            self.records = records
            head = 0
            handedBytes = 0
            bytes = records.reduce(0) { $0 + $1.bytes }
        }

        /// Takes in one more.
        mutating func append(_ record: LogRecord) {
            records.append(record)
            bytes += record.bytes
        }

        mutating func takeAll() -> [LogRecord] {
            defer {
                records = []
                head = 0
                (bytes, handedBytes) = (0, 0)
            }
            if let last = records.last { handed = last.offset + 1 }
            return head == 0 ? records : Array(records[head...])
        }

        mutating func remove(_ count: Int) {
            guard count > 0 else { return }
            let removed = records[head..<(head + count)].reduce(0) { $0 + $1.bytes }
            bytes -= removed
            handedBytes += removed
            head += count
            handed = records[head - 1].offset + 1
            if head == records.count || head >= 4_096 || handedBytes >= Lane.keptBytes {
                records.removeFirst(head)
                head = 0
                handedBytes = 0
            }
        }
    }
}
