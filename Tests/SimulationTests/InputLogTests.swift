import KafkaBasics
import Streaming
import Testing

/// What is asked of the log while a stream reads it: partitions are held back, and new ones taken up.
@Suite struct InputLogTests {
    private static func place(_ partition: Int) -> TopicPartition { SimulatedCluster.place(partition) }

    @Test(
        "A partition that runs ten batches ahead of the one that is waited for is held back until two are left"
    )
    func holdBack() throws {
        let stream = QuietStream(partitions: 2)
        let batch = 8
        let configuration = try stream.configuration { $0.consumer.batchRecords = batch }
        let samples = stream.samples(0..<400)
        for (number, sample) in samples.enumerated() {
            // The second partition has one record, the earliest, and does not give it.
            stream.log.produce(
                QuietStream.json(sample), partition: number == 0 ? 1 : 0, time: Int64(1_000 + number))
        }
        stream.log.silent = [Self.place(1)]
        stream.log.most = 5
        var read: Int64 = 0
        var heldAt: Int64?
        var wasHeld = false
        try stream.run(configuration) {
            read = stream.log.position(Self.place(0))
            if stream.log.paused.contains(Self.place(0)), heldAt == nil {
                heldAt = read
                // Nothing is handed out until the other partition has its say.
                #expect(stream.outputs.isEmpty)
            }
            // What waits of it, once the other one, whose only record is the first, had its say.
            if heldAt != nil, stream.answered > 0 {
                let waiting = read - Int64(stream.answered - 1)
                let isHeld = stream.log.paused.contains(Self.place(0))
                if isHeld { #expect(waiting >= 2 * batch) }
                if wasHeld, !isHeld { #expect(waiting < 2 * batch) }
                wasHeld = isHeld
            }
            // Held back, nothing more is read of it.
            if let heldAt, stream.log.silent.contains(Self.place(1)) {
                #expect(read == heldAt)
                stream.log.silent = []
            }
            return stream.answered >= 400
        }
        // More than ten batches, by no more than one poll.
        let held = try #require(heldAt)
        #expect(held > Int64(10 * batch) && held <= Int64(10 * batch + stream.log.most))
        #expect(stream.log.calls.filter { $0.hasSuffix(" 1") }.isEmpty)
        #expect(stream.log.calls.prefix(2) == ["pause 0", "resume 0"])
        #expect(stream.log.paused.isEmpty)
        // All of it, in the order of time.
        #expect(try stream.predictions().map(\.sampleID) == samples.map(\.id))
    }

    @Test("Records that wait are held back by their memory too")
    func holdBackBytes() throws {
        let stream = QuietStream(partitions: 2)
        let configuration = try stream.configuration { $0.consumer.batchRecords = 100 }
        let samples = stream.samples(0..<160)
        for (number, sample) in samples.enumerated() {
            // Much room in the JSON: half a mebibyte each.
            let padding = [UInt8](repeating: 0x20, count: number == 0 ? 0 : 1 << 19)
            stream.log.produce(
                QuietStream.json(sample) + padding, partition: number == 0 ? 1 : 0,
                time: Int64(1_000 + number))
        }
        stream.log.silent = [Self.place(1)]
        stream.log.most = 4
        var heldAt: Int64?
        try stream.run(configuration) {
            if heldAt == nil, stream.log.paused.contains(Self.place(0)) {
                heldAt = stream.log.position(Self.place(0))
                stream.log.silent = []
            }
            return stream.answered >= samples.count
        }
        // Half of 128 MiB, by no more than one poll; by their number, a thousand would wait.
        let held = try #require(heldAt)
        #expect(held > 120 && held <= 132)
        #expect(stream.log.paused.isEmpty)
        #expect(try stream.predictions().map(\.sampleID) == samples.map(\.id))
    }

    @Test("The lag of a backlog is known from the start, before the client has figures of its own")
    func lagAtStart() throws {
        let stream = QuietStream()
        for sample in stream.samples(0..<200) { stream.log.produce(QuietStream.json(sample)) }
        stream.log.hasStatistics = false
        stream.log.silent = [Self.place(0)]
        let configuration = try stream.configuration { $0.metrics.intervalSeconds = 1 }
        try stream.run(configuration) { stream.reports.count >= 2 }
        #expect(stream.reports.first?.sum(.inputLag) == 200)
    }

    @Test("A stop commits all that is answered")
    func committedAtStop() throws {
        let stream = QuietStream()
        for sample in stream.samples(0..<100) { stream.log.produce(QuietStream.json(sample)) }
        // Few at a time, all between two commits.
        stream.log.most = 10
        try stream.run(try stream.configuration()) { stream.answered >= 100 }
        #expect(stream.log.committed[Self.place(0)]?.offset == 100)
    }

    @Test("A stream without new records writes no new snapshot, and says that the newest stands")
    func idle() throws {
        let stream = QuietStream()
        for sample in stream.samples(0..<100) { stream.log.produce(QuietStream.json(sample)) }
        let configuration = try stream.configuration { $0.snapshots.intervalSeconds = 1 }
        var first: [String] = []
        var idleSince: Duration?
        try stream.run(configuration) {
            guard stream.answered >= 100 else { return false }
            let elapsed = stream.world.elapsed
            guard let since = idleSince else {
                idleSince = elapsed
                return false
            }
            if first.isEmpty, elapsed - since > .seconds(3) { first = stream.disk.paths }
            return elapsed - since > .seconds(60)
        }
        #expect(first.contains { $0.contains("snapshot-") })
        // A stop has nothing new to keep either.
        #expect(stream.disk.paths == first)
        let written = try #require(stream.reports.last?.number(.snapshotLastSuccess))
        #expect(written * 1_000 > Double(stream.world.milliseconds - 3_000))
        // A snapshot that somebody removed is written again.
        try stream.run(configuration) {
            stream.disk.loseSnapshots()
            return stream.world.elapsed > .seconds(70)
        }
        #expect(stream.disk.paths.contains { $0.contains("snapshot-") })
    }

    @Test("A partition that gives nothing holds the others up for two seconds, then they go on without it")
    func goesOn() throws {
        let stream = QuietStream(partitions: 2)
        let configuration = try stream.configuration { $0.consumer.batchRecords = 8 }
        for (number, sample) in stream.samples(0..<60).enumerated() {
            stream.log.produce(QuietStream.json(sample), partition: number == 0 ? 1 : 0)
        }
        stream.log.silent = [Self.place(1)]
        let began = stream.world.elapsed
        var wentOn: Duration?
        try stream.run(configuration) {
            if stream.answered > 0, wentOn == nil { wentOn = stream.world.elapsed - began }
            if stream.answered >= 59 { stream.log.silent = [] }
            return stream.answered >= 60
        }
        let waited = try #require(wentOn)
        #expect(waited > .seconds(2) && waited < .seconds(3), "by the stream's clock")
        #expect(try stream.predictions().last?.sampleID == "id-0")
    }

    @Test(
        "What was read before a gap is processed, though the gap comes in the same poll", arguments: [1, 2])
    func gap(partitions: Int) throws {
        let stream = QuietStream(partitions: partitions)
        let configuration = try stream.configuration()
        let samples = stream.samples(0..<100)
        for sample in samples { stream.log.produce(QuietStream.json(sample)) }
        try stream.run(configuration, began: { _ in stream.log.gaps = [Self.place(0): 40..<70] }) {
            stream.answered >= 70
        }
        #expect(try stream.predictions().map(\.sampleID) == (samples[..<40] + samples[70...]).map(\.id))
        #expect(stream.reports.last?.number(.recordsLost) == 30)
    }

    @Test("A topic that seems to be gone and is there is read on, each record once")
    func doubt() throws {
        let stream = QuietStream(partitions: 2)
        let configuration = try stream.configuration()
        let samples = stream.samples(0..<200)
        for (number, sample) in samples.enumerated() {
            stream.log.produce(QuietStream.json(sample), partition: number % 2)
        }
        stream.log.most = 7
        var polls = 0
        try stream.run(configuration) {
            polls += 1
            stream.log.isDoubtful = polls % 9 == 0
            return stream.answered >= 200
        }
        #expect(try stream.predictions().map(\.sampleID).sorted() == samples.map(\.id).sorted())
        #expect(stream.answered == 200)
    }

    @Test("A topic that was made anew is refused before anything of it is answered", arguments: [5, 90])
    func madeAnew(count: Int) throws {
        let stream = QuietStream()
        let configuration = try stream.configuration()
        for sample in stream.samples(0..<50) { stream.log.produce(QuietStream.json(sample)) }
        var isAnew = false
        let error = #expect(throws: StreamError.self) {
            try stream.run(configuration) {
                if stream.answered >= 50, !isAnew {
                    isAnew = true
                    stream.log.makeAnew()
                    for sample in stream.samples(100..<(100 + count)) {
                        stream.log.produce(QuietStream.json(sample))
                    }
                    stream.log.isDoubtful = true
                }
                return false
            }
        }
        #expect("\(error.map { "\($0)" } ?? "")".contains("made anew"))
        #expect(stream.answered == 50)
        // After a restart too.
        #expect(throws: StreamError.self) { try stream.run(configuration) { true } }
    }

    @Test("Ended again and again while it follows its journal, it gets on, and no answer is another")
    func longReplay() throws {
        let stream = QuietStream(partitions: 2)
        let samples = stream.samples(0..<3_000)
        for (number, sample) in samples.enumerated() {
            stream.log.produce(QuietStream.json(sample), partition: number % 2)
        }
        stream.log.most = 5
        stream.log.step = .milliseconds(40)
        // Nothing is kept but the journal, and then the process is gone.
        let seldom = try stream.configuration {
            $0.snapshots.intervalSeconds = 86_400
            $0.consumer.batchRecords = 16
        }
        var answeredAt: Duration?
        try? stream.run(seldom) {
            guard stream.answered >= 3_000 else { return false }
            answeredAt = answeredAt ?? stream.world.elapsed
            if let answeredAt, stream.world.elapsed > answeredAt + .seconds(1) { stream.world.end() }
            return false
        }
        // What is answered it knows by itself.
        stream.log.committed = [:]
        let answers = Dictionary(grouping: try stream.predictions(), by: \.id)
        #expect(answers.count == 3_000)
        // Snapshots at the default interval, of a minute, and never two seconds without an end.
        let often = try stream.configuration { $0.consumer.batchRecords = 16 }
        var left: [Int] = []
        for _ in 0..<40 where left.last != 0 {
            var polls = 0
            try? stream.run(often) {
                polls += 1
                if polls == 50 { stream.world.end() }
                return polls > 50
            }
            stream.world.begin(crash: nil)
            let positions = try #require(try stream.learner(often)).snapshot.manifest.positions
            left.append(3_000 - Int(positions.values.reduce(0, +)))
        }
        #expect(zip(left, left.dropFirst()).allSatisfy { $0 > $1 } && left.last == 0, "\(left)")
        #expect(stream.answered == 3_000)
    }

    @Test(
        "Answers that may differ have ids of their own, also behind a snapshot that was taken within a replay"
    )
    func alteredKept() throws {
        let stream = QuietStream()
        let count = 2_000
        for sample in stream.samples(0..<count) { stream.log.produce(QuietStream.json(sample)) }
        let configuration = try stream.configuration { $0.consumer.batchRecords = 16 }
        // All in the time between two commits, of which the first comes at once.
        try? stream.run(configuration) {
            if stream.answered >= count - 200 { stream.world.end() }
            return false
        }
        let first = Set(try stream.predictions().map(\.id))
        // Compaction takes one of the first. Ended shortly after the first snapshot in the replay.
        stream.log.compacted = [10]
        stream.log.most = 16
        stream.log.step = .milliseconds(20)
        var polls = 0
        try? stream.run(configuration) {
            if stream.disk.paths.count(where: { $0.contains("/snapshot-") }) > 1 { polls += 1 }
            if polls == 4 { stream.world.end() }
            return false
        }
        let second = stream.answered
        stream.log.step = .milliseconds(1)
        try stream.run(configuration) { stream.log.isRead && stream.answered >= count }
        let predictions = try stream.predictions()
        let sources = Set(predictions[..<second].map(\.source.offset))
        #expect(predictions[second...].contains { sources.contains($0.source.offset) })
        for (_, given) in Dictionary(grouping: predictions, by: \.id) {
            #expect(Set(given.map { "\($0.label ?? "") \($0.confidence)" }).count == 1)
        }
        #expect(predictions[second...].contains { !first.contains($0.id) })
    }

    @Test("Too many bad records end the stream, and a restart goes on behind them")
    func breaker() throws {
        let stream = QuietStream()
        let configuration = try stream.configuration { $0.errors.window = 100 }
        let samples = stream.samples(0..<150)
        for sample in samples[..<50] { stream.log.produce(QuietStream.json(sample)) }
        for _ in 0..<300 { stream.log.produce(Array("no sample".utf8)) }
        for sample in samples[50...] { stream.log.produce(QuietStream.json(sample)) }
        stream.log.most = 100
        var ends = 0
        while ends < 10 {
            do {
                try stream.run(configuration) { stream.answered >= 150 }
                break
            } catch is StreamError {
                ends += 1
            }
        }
        #expect((1..<5).contains(ends), "\(ends)")
        #expect(try stream.predictions().map(\.sampleID) == samples.map(\.id))
        #expect(stream.outputs.count { $0.topic.hasSuffix(".dlq") } == 300)
    }

    @Test("A gap with nothing behind it is passed over in the state too")
    func gapAtEnd() throws {
        let stream = QuietStream()
        let configuration = try stream.configuration()
        for sample in stream.samples(0..<50) { stream.log.produce(QuietStream.json(sample)) }
        try stream.run(configuration, began: { _ in stream.log.gaps = [Self.place(0): 40..<50] }) {
            stream.answered >= 40
        }
        #expect(
            try #require(try stream.learner(configuration)).snapshot.manifest.positions == [Self.place(0): 50]
        )
    }

    @Test(
        "Partitions that come to be are read from their beginning, after the next snapshot, and kept in the state"
    )
    func newPartitions() throws {
        let stream = QuietStream(partitions: 1)
        let configuration = try stream.configuration { $0.snapshots.intervalSeconds = 5 }
        let samples = stream.samples(0..<90)
        func produce(_ numbers: Range<Int>, _ partition: Int) {
            for sample in samples[numbers] {
                stream.log.produce(QuietStream.json(sample), partition: partition)
            }
        }
        produce(0..<30, 0)
        var hasNew = false
        try stream.run(configuration) {
            if stream.answered == 30, !hasNew {
                hasNew = true
                for partition in 1...2 {
                    stream.log.addPartition()
                    produce(partition == 1 ? 30..<60 : 60..<80, partition)
                }
            }
            return stream.answered >= 80
        }
        #expect(stream.log.calls == ["add 1", "add 2"])
        #expect(try Set(stream.predictions().map(\.sampleID)) == Set(samples.prefix(80).map(\.id)))
        let kept = try #require(try stream.learner(configuration)).snapshot.manifest.positions
        #expect(kept == [Self.place(0): 30, Self.place(1): 30, Self.place(2): 20])
        // The next life goes on in all of them, and answers nothing again.
        produce(80..<90, 2)
        try stream.run(configuration) { stream.answered >= 90 }
        #expect(stream.log.calls.isEmpty)
        let predictions = try stream.predictions()
        #expect(predictions.count == 90 && Set(predictions.map(\.sampleID)).count == 90)
        #expect(
            stream.log.committed.mapValues(\.offset) == [
                Self.place(0): 30, Self.place(1): 30, Self.place(2): 30,
            ])
    }
}
