import KafkaBasics
import Streaming
import Tensors
import Testing

/// The order in which records are processed.
@Suite struct RecordSequencerTests {
    private static func place(_ partition: Int) -> TopicPartition { SimulatedCluster.place(partition) }

    /// A record of a partition at an offset and a time.
    private static func record(_ partition: Int, _ offset: Int, at time: Int?) -> LogRecord {
        SimulatedRecord(
            kind: .sample, place: place(partition), offset: Int64(offset), timestamp: time.map { Int64($0) },
            value: nil
        ).asRead
    }

    /// Records as "partition@offset".
    private static func names(_ records: [LogRecord]) -> [String] {
        records.map { "\($0.place.partition)@\($0.offset)" }
    }

    private static func run(_ partition: Int, _ first: Int64, _ last: Int64) -> OrderJournal.Run {
        OrderJournal.Run(place: place(partition), first: first, last: last)
    }

    /// A sequencer of partitions with so many records each, which begin at 0.
    private static func sequencer(_ ends: [Int64], plan: [OrderJournal.Run] = []) -> RecordSequencer {
        var sequencer = RecordSequencer(plan: plan)
        for (partition, end) in ends.enumerated() {
            sequencer.add(place(partition), position: 0, begin: 0, end: end)
        }
        return sequencer
    }

    private let start = ContinuousClock.now

    /// Hands records in and takes out what can be processed, by name.
    private func next(
        _ sequencer: inout RecordSequencer, _ records: [LogRecord] = [], limit: Int = 100,
        after time: Duration = .zero
    ) -> [String] {
        sequencer.take(records, now: start)
        return Self.names(sequencer.next(limit: limit, now: start + time).records)
    }

    @Test("Partitions are merged in the order of time; within one the log's order holds")
    func orderOfTime() {
        var sequencer = Self.sequencer([3, 2])
        let found = next(
            &sequencer,
            [
                Self.record(0, 0, at: 5), Self.record(0, 1, at: 1), Self.record(0, 2, at: 9),
                Self.record(1, 0, at: 3), Self.record(1, 1, at: 7),
            ])
        // 0@1 is early, but comes after 0@0.
        #expect(found == ["1@0", "0@0", "0@1", "1@1", "0@2"])
    }

    @Test(
        "Of equal times the lowest place comes first, whatever order places were taken up in; none is the earliest"
    )
    func equalTimes() {
        var sequencer = RecordSequencer(plan: [])
        for partition in [2, 0, 1] {
            sequencer.add(Self.place(partition), position: 0, begin: 0, end: 1)
        }
        let records = [
            Self.record(2, 0, at: 4), Self.record(1, 0, at: 4), Self.record(0, 0, at: 4),
        ]
        #expect(next(&sequencer, records) == ["0@0", "1@0", "2@0"])
        var other = Self.sequencer([1, 1])
        #expect(next(&other, [Self.record(0, 0, at: 1), Self.record(1, 0, at: nil)]) == ["1@0", "0@0"])
    }

    @Test(
        "A partition that has more is waited for, two seconds and no longer, and has its say again when it gives"
    )
    func givenUp() {
        var sequencer = Self.sequencer([4, 2])
        let first = [Self.record(0, 0, at: 1), Self.record(0, 1, at: 2)]
        #expect(next(&sequencer, first).isEmpty)
        #expect(sequencer.waiting(of: Self.place(0)) == 2 && sequencer.waiting(of: Self.place(1)) == 0)
        #expect(next(&sequencer, after: .seconds(2)).isEmpty)
        #expect(next(&sequencer, after: .milliseconds(2_001)) == ["0@0", "0@1"])
        // Given up, it is not waited for again.
        #expect(next(&sequencer, [Self.record(0, 2, at: 3)], after: .seconds(3)) == ["0@2"])
        // It gives a record, late as it is, and is waited for as ever.
        #expect(next(&sequencer, [Self.record(1, 0, at: 0)], after: .seconds(4)).isEmpty)
        #expect(next(&sequencer, [Self.record(0, 3, at: 5)], after: .seconds(5)) == ["1@0"])
        #expect(next(&sequencer, after: .seconds(6)).isEmpty)
        #expect(next(&sequencer, [Self.record(1, 1, at: 4)], after: .seconds(7)) == ["1@1", "0@3"])
    }

    @Test("Partitions that have given all are not waited for: their end is known, or was found by the client")
    func ends() {
        var sequencer = Self.sequencer([1, 0])
        #expect(next(&sequencer, [Self.record(0, 0, at: 1)]) == ["0@0"])
        // More is there now.
        sequencer.note(end: 2, of: Self.place(0))
        sequencer.note(end: 3, of: Self.place(1))
        #expect(next(&sequencer, [Self.record(0, 1, at: 2)]).isEmpty)
        // What is left of it holds no record, as the client has seen.
        sequencer.note(foundEnd: 3, of: Self.place(1))
        #expect(next(&sequencer) == ["0@1"])
        // An end that was found earlier says nothing of what came since.
        sequencer.note(end: 4, of: Self.place(1))
        sequencer.note(end: 3, of: Self.place(0))
        #expect(next(&sequencer, [Self.record(0, 2, at: 3)]).isEmpty)
    }

    @Test("What is read again is passed over, with one partition as with several", arguments: [1, 2])
    func readAgain(partitions: Int) {
        var sequencer = Self.sequencer(Array([10, 0].prefix(partitions)))
        let read = (0..<4).map { Self.record(0, $0, at: $0) }
        #expect(next(&sequencer, read) == ["0@0", "0@1", "0@2", "0@3"])
        #expect(next(&sequencer, read).isEmpty)
        let more = (2..<6).map { Self.record(0, $0, at: $0) }
        #expect(next(&sequencer, more) == ["0@4", "0@5"])
        #expect(sequencer.received(of: Self.place(0)) == 6)
        // Records of a place that nobody took up are none.
        #expect(next(&sequencer, [Self.record(7, 0, at: 0), Self.record(0, 6, at: 6)]) == ["0@6"])
        #expect(sequencer.received(of: Self.place(7)) == nil)
    }

    @Test("No more than the limit at once; the rest waits")
    func limit() {
        var sequencer = Self.sequencer([5, 0])
        let records = (0..<5).map { Self.record(0, $0, at: $0) }
        #expect(next(&sequencer, records, limit: 2) == ["0@0", "0@1"])
        #expect(sequencer.waiting(of: Self.place(0)) == 3)
        #expect(next(&sequencer, limit: 2) == ["0@2", "0@3"])
        #expect(next(&sequencer, limit: 2) == ["0@4"])
    }

    @Test("The journal's order comes first, whatever the times say, however little comes at once")
    func journal() {
        let plan = [Self.run(1, 0, 1), Self.run(0, 0, 0), Self.run(1, 2, 2), Self.run(0, 1, 2)]
        let wanted = ["1@0", "1@1", "0@0", "1@2", "0@1", "0@2", "0@3", "1@3"]
        let records = (0..<4).flatMap { [Self.record(0, $0, at: $0), Self.record(1, $0, at: 100 + $0)] }
        var whole = Self.sequencer([4, 4], plan: plan)
        whole.take(records, now: start)
        let first = whole.next(limit: 100, now: start)
        #expect(Self.names(first.records) == Array(wanted.prefix(6)) && first.fromJournal)
        #expect(!whole.isReplaying)
        let rest = whole.next(limit: 100, now: start)
        #expect(Self.names(rest.records) == Array(wanted.suffix(2)) && !rest.fromJournal)
        // One by one, and one handed out at a time.
        var slow = Self.sequencer([4, 4], plan: plan)
        var found: [String] = []
        for record in records { found += next(&slow, [record], limit: 1) }
        for _ in 0..<8 { found += next(&slow, limit: 1) }
        #expect(found == wanted)
    }

    @Test("While the journal is followed nothing else is handed out, however long it takes")
    func journalWaits() {
        var sequencer = Self.sequencer([2, 2], plan: [Self.run(1, 0, 0)])
        let records = [Self.record(0, 0, at: 0), Self.record(0, 1, at: 1)]
        sequencer.take(records, now: start)
        let waiting = sequencer.next(limit: 100, now: start)
        #expect(waiting.records.isEmpty && waiting.fromJournal && sequencer.isReplaying)
        #expect(next(&sequencer, after: .seconds(60)).isEmpty)
        #expect(next(&sequencer, [Self.record(1, 0, at: 9)], after: .seconds(61)) == ["1@0"])
        #expect(!sequencer.isReplaying)
    }

    @Test(
        "Runs whose records are gone from the topic are passed over: those before its floor, or after its end"
    )
    func gone() {
        // The oldest record of the topic is 5 when the stream starts.
        var floored = RecordSequencer(plan: [Self.run(0, 0, 4), Self.run(0, 5, 6)])
        floored.add(Self.place(0), position: 0, begin: 5, end: 7)
        let left = [Self.record(0, 5, at: 5), Self.record(0, 6, at: 6)]
        #expect(next(&floored, left) == ["0@5", "0@6"])
        #expect(!floored.isReplaying)
        // They are deleted while the journal is followed.
        var dropped = Self.sequencer([7, 1], plan: [Self.run(0, 0, 4), Self.run(1, 0, 0)])
        #expect(next(&dropped).isEmpty && dropped.isReplaying)
        dropped.drop(Self.place(0), before: 5)
        #expect(dropped.received(of: Self.place(0)) == 5)
        #expect(next(&dropped, [Self.record(1, 0, at: 0)]) == ["1@0"])
        #expect(!dropped.isReplaying)
        // A run ends in offsets that hold no record.
        var ended = Self.sequencer([4, 1], plan: [Self.run(0, 0, 3), Self.run(1, 0, 0)])
        let some = [Self.record(0, 0, at: 0), Self.record(0, 1, at: 1), Self.record(1, 0, at: 2)]
        #expect(next(&ended, some).isEmpty && ended.isReplaying)
        ended.note(foundEnd: 4, of: Self.place(0))
        #expect(next(&ended) == ["0@0", "0@1", "1@0"] && !ended.isReplaying && !ended.isAltered)
        // A gap in the offsets where a run ended: the next record shows that nothing of it is to come.
        var gap = Self.sequencer([6, 1], plan: [Self.run(0, 0, 3), Self.run(1, 0, 0)])
        let around = [Self.record(0, 0, at: 0), Self.record(0, 5, at: 1), Self.record(1, 0, at: 2)]
        #expect(next(&gap, around) == ["0@0", "1@0"])
        #expect(next(&gap) == ["0@5"])
    }

    @Test("A run that lacks records is handed out alone, and what follows is told from what was before")
    func altered() {
        let plan = [
            OrderJournal.Run(place: Self.place(0), first: 0, last: 1, count: 2),
            OrderJournal.Run(place: Self.place(0), first: 2, last: 5, count: 4),
        ]
        var sequencer = Self.sequencer([7], plan: plan)
        let left = [0, 1, 2, 5, 6].map { Self.record(0, $0, at: $0) }
        #expect(next(&sequencer, left) == ["0@0", "0@1"] && !sequencer.isAltered)
        #expect(next(&sequencer) == ["0@2", "0@5"] && sequencer.isAltered)
        #expect(next(&sequencer) == ["0@6"] && sequencer.isAltered)
    }

    @Test("Runs that a later journal names again are passed over, and nothing is told from before")
    func copied() {
        let first = OrderJournal.Run(place: Self.place(0), first: 0, last: 1, count: 2)
        let second = OrderJournal.Run(place: Self.place(0), first: 2, last: 3, count: 2)
        var sequencer = Self.sequencer([5], plan: [first, second, second])
        let records = (0..<5).map { Self.record(0, $0, at: $0) }
        #expect(next(&sequencer, records) == ["0@0", "0@1", "0@2", "0@3"])
        #expect(!sequencer.isAltered && !sequencer.isReplaying && next(&sequencer) == ["0@4"])
    }

    @Test("Another record where a run ended is found before anything of the run is handed out")
    func exchanged() {
        let record = Self.record(0, 1, at: 1)
        let run = OrderJournal.Run(
            place: Self.place(0), first: 0, last: 1, count: 2, fingerprint: record.fingerprint)
        var same = Self.sequencer([2], plan: [run])
        #expect(next(&same, [Self.record(0, 0, at: 0), record]) == ["0@0", "0@1"] && same.exchanged == nil)
        var other = Self.sequencer([2], plan: [run])
        #expect(next(&other, [Self.record(0, 0, at: 0), Self.record(0, 1, at: 2)]).isEmpty)
        #expect(other.exchanged?.offset == 1)
    }

    @Test("While it settles, a record waits two seconds for older ones that come later")
    func settles() {
        func hand(_ sequencer: inout RecordSequencer, after time: Duration) -> [String] {
            Self.names(sequencer.next(limit: 100, now: start + time, settles: true).records)
        }
        var sequencer = Self.sequencer([0, 0])
        sequencer.take([Self.record(0, 0, at: 10), Self.record(0, 1, at: 20)], now: start, settles: true)
        #expect(hand(&sequencer, after: .seconds(1)).isEmpty)
        sequencer.take([Self.record(1, 0, at: 5)], now: start + .seconds(1), settles: true)
        // Both places have one: the older goes first. Then one is empty again.
        #expect(hand(&sequencer, after: .seconds(1)) == ["1@0"])
        #expect(hand(&sequencer, after: .milliseconds(1_900)).isEmpty)
        #expect(hand(&sequencer, after: .seconds(2)) == ["0@0", "0@1"])
    }

    @Test("However the records are cut into batches, the order is the same", arguments: 1...30)
    func batches(seed: UInt64) {
        var random = RandomGenerator(seed: seed)
        let partitions = 1 + random.below(4)
        var lanes = (0..<partitions).map { partition in
            var time = 0
            return (0..<random.below(40)).map { offset in
                time += random.below(4)
                return Self.record(partition, offset, at: time)
            }
        }
        let ends = lanes.map { Int64($0.count) }
        let all = lanes.flatMap { $0 }.sorted {
            ($0.timestampMilliseconds ?? 0, $0.place, $0.offset)
                < ($1.timestampMilliseconds ?? 0, $1.place, $1.offset)
        }
        var sequencer = Self.sequencer(ends)
        var found: [String] = []
        while lanes.contains(where: { !$0.isEmpty }) {
            var batch: [LogRecord] = []
            for partition in lanes.indices where random.below(2) == 0 {
                let count = random.below(lanes[partition].count + 1)
                batch += lanes[partition].prefix(count)
                lanes[partition].removeFirst(count)
            }
            found += next(&sequencer, batch, limit: 1 + random.below(20))
        }
        for _ in 0...all.count { found += next(&sequencer, limit: 10) }
        #expect(found == Self.names(all), "seed \(seed)")
    }
}
