import Kafka

/// Puts records into the order in which they are processed: the journal's as long as there is one to follow,
/// then the order of arrival.
struct RecordSequencer {
    /// Records of one partition that wait for their turn.
    private struct Waiting {
        var records: [Record] = []
        var head = 0
        var count: Int { records.count - head }
        var first: Record? { head < records.count ? records[head] : nil }

        mutating func removeFirst() {
            head += 1
            if head == records.count || head >= 4_096 {
                records.removeFirst(head)
                head = 0
            }
        }
    }

    private var plan: ArraySlice<OrderJournal.Run>
    private var waiting: [Int32: Waiting] = [:]
    /// The offset before which a partition's records are gone from the topic.
    private var floors: [Int32: Int64] = [:]

    /// Follows these runs first.
    init(plan: [OrderJournal.Run]) { self.plan = plan[...] }

    /// Whether the journal is still being followed.
    var isReplaying: Bool { !plan.isEmpty }

    /// Notes that a partition's records before an offset are gone.
    mutating func drop(partition: Int32, before offset: Int64) { floors[partition] = offset }

    /// The number of records of a partition that wait.
    func waiting(of partition: Int32) -> Int { waiting[partition]?.count ?? 0 }

    /// Takes in what was read and hands out what can be processed now.
    ///
    /// - Returns: the records in order; whether they follow the journal, in which case they stand in it already.
    mutating func next(_ batch: RecordBatch, limit: Int) -> (records: [Record], fromJournal: Bool) {
        if plan.isEmpty, waiting.isEmpty { return ((0..<batch.count).map { batch[$0] }, false) }
        for index in 0..<batch.count {
            let record = batch[index]
            waiting[record.partition, default: Waiting()].records.append(record)
        }
        var ready: [Record] = []
        while let run = plan.first, ready.count < limit {
            var isDone = (floors[run.partition] ?? 0) > run.last
            while let record = waiting[run.partition]?.first, ready.count < limit {
                guard record.offset <= run.last else {
                    isDone = true
                    break
                }
                ready.append(record)
                waiting[run.partition]?.removeFirst()
                isDone = record.offset == run.last
            }
            guard isDone else { break }
            plan.removeFirst()
        }
        if !ready.isEmpty || !plan.isEmpty { return (ready, true) }
        // The journal is at its end: what waits was never processed, in any order.
        for partition in waiting.keys.sorted() {
            while let record = waiting[partition]?.first {
                ready.append(record)
                waiting[partition]?.removeFirst()
            }
        }
        waiting = [:]
        return (ready, false)
    }
}
