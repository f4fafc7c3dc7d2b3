import KafkaBasics

/// By place the oldest offset and the one after the newest.
package typealias PlaceEnds = [TopicPartition: (low: Int64, high: Int64)]

/// What the group has committed of a place.
package struct Commit: Equatable, Sendable {
    /// The offset to go on from.
    package let offset: Int64
    /// What was committed beside it; nil when nothing was.
    package let mark: String?

    /// What is committed.
    package init(offset: Int64, mark: String?) {
        self.offset = offset
        self.mark = mark
    }
}

/// What is committed, by place.
package typealias Commits = [TopicPartition: Commit]

/// What the coordinator says of the group.
package struct GroupNews {
    package let commits: Commits
    /// Those who have joined the group, for people; nil when that was not asked. A stream assigns its places by itself and
    /// is none of them.
    package let members: [String]?

    /// What was heard.
    package init(commits: Commits, members: [String]?) {
        self.commits = commits
        self.members = members
    }
}

/// What a log gave at once.
package struct LogBatch {
    /// Those of one place are in the order of their offsets.
    package var records: [LogRecord]
    /// The offsets at which ends were found since the last batch.
    package var foundEnds: Offsets
    /// Places whose next record was deleted before it could be read. Nothing comes of them until they are moved.
    package var gone: [TopicPartition]
    /// The answer to ``RecordLog/askGroup(_:)``, when it has come.
    package var group: GroupNews?
    /// Whether a topic seems to be gone, or was: what is read from now on may be of another.
    package var isDoubtful: Bool

    /// A batch of what is given.
    package init(
        records: [LogRecord] = [], foundEnds: Offsets = [:], gone: [TopicPartition] = [],
        group: GroupNews? = nil, isDoubtful: Bool = false
    ) {
        self.records = records
        self.foundEnds = foundEnds
        self.gone = gone
        self.group = group
        self.isDoubtful = isDoubtful
    }
}

/// Why a commit was not done.
package struct CommitFault: CustomStringConvertible {
    package let description: String
    /// Whether it may be done later without anybody's doing.
    package let isPassing: Bool

    /// A reason.
    package init(_ description: String, isPassing: Bool) {
        self.description = description
        self.isPassing = isPassing
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
    /// What the group has committed, where it has.
    func committed(_ places: [TopicPartition]) throws -> Commits
    /// The first record of each place at this offset or after it, as far as there is one and it comes in time. The
    /// places must be assigned afterwards.
    func firstRecords(at offsets: Offsets, within limit: Duration) throws -> [TopicPartition: LogRecord]

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
    /// The offset after the last record of a place that can be read, as last heard; nil before that. Records of
    /// transactions that are open, and what comes after them, cannot be read yet.
    func knownEnd(of place: TopicPartition) -> Int64?
    /// The same by place, of those whose leader answers now, for the lag; nil before anything is known.
    func currentEnds() -> Offsets?

    /// Commits with a mark, without waiting. That it failed is logged: the next commit has all of it again.
    func commitSoon(_ offsets: Offsets, mark: String) throws
    /// Commits with a mark, and waits for the answer, but not longer than this.
    ///
    /// - Returns: why it was not done, and whether it may be done later; nil when it was done.
    func commit(_ offsets: Offsets, mark: String, within limit: Duration) throws -> CommitFault?
    /// Asks what is committed, and after a refused commit who is in the group, without waiting: the answer comes with a
    /// batch.
    func askGroup(_ places: [TopicPartition]) throws
    /// Lets go of it.
    func close()
}
