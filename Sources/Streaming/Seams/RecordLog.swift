import KafkaBasics

/// By place the oldest offset and the one after the newest.
package typealias PlaceEnds = [TopicPartition: (low: Int64, high: Int64)]

/// What a log gave at once.
package struct LogBatch {
    /// Those of one place are in the order of their offsets.
    package var records: [LogRecord]
    /// The offsets at which ends were found since the last batch.
    package var foundEnds: Offsets
    /// Places whose next record was deleted before it could be read. Nothing comes of them until they are moved.
    package var gone: [TopicPartition]

    /// A batch of what is given.
    package init(records: [LogRecord] = [], foundEnds: Offsets = [:], gone: [TopicPartition] = []) {
        self.records = records
        self.foundEnds = foundEnds
        self.gone = gone
    }
}

/// The log that a stream reads: Kafka, or that of a simulation.
///
/// It is used by one thread. What it throws ends the run, unless it says otherwise; what passes by itself it logs.
package protocol RecordLog: AnyObject {
    /// The partitions of a topic; none when it does not exist.
    func partitions(of topic: String) throws -> [Int32]
    /// The oldest offset of a place and the one after the newest, asked of the broker.
    func ends(of place: TopicPartition, within limit: Duration) throws -> (low: Int64, high: Int64)
    /// By place the offset that the group would go on from, where it committed.
    func committed(_ places: [TopicPartition]) throws -> Offsets

    /// Reads these places from these offsets.
    func assign(_ positions: Offsets) throws
    /// Reads a further place.
    func add(_ place: TopicPartition, at offset: Int64) throws
    /// Goes on at another offset of a place that is read.
    func move(_ place: TopicPartition, to offset: Int64) throws
    /// Gives nothing of a place for a while.
    func pause(_ place: TopicPartition) throws
    /// Goes on with a place that was paused.
    func resume(_ place: TopicPartition) throws

    /// Waits for a record, then gives what else is there.
    func poll(maximum: Int, wait: Duration) throws -> LogBatch
    /// The offset after the newest record of a place as last heard; nil before that.
    func knownEnd(of place: TopicPartition) -> Int64?
    /// The same by place as the statistics have it, for the lag.
    func highWatermarks() -> Offsets

    /// Commits without waiting. That it failed is logged: the next ``commit(_:)`` has all of it again.
    func commitSoon(_ offsets: Offsets) throws
    /// Commits, and waits for the answer.
    ///
    /// - Returns: why it was not done now but may be later; nil when it was done.
    func commit(_ offsets: Offsets) throws -> String?
    /// Lets go of it.
    func close()
}
