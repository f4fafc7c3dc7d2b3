import Streaming
import Tensors
import Testing

extension SessionTable {
    /// A record by its parts.
    fileprivate mutating func admit(
        _ name: String, first: Int64, frames: Int, timestamp: Int64?, isEnd: Bool, hash: UInt64? = nil
    ) -> Admission? {
        admit(name, Record(first: first, frames: frames, timestamp: timestamp, isEnd: isEnd, hash: hash))
    }
}

@Suite struct SessionTableTests {
    private func table(_ change: (inout SessionTable.Policy) -> Void = { _ in }) -> SessionTable {
        var policy = SessionTable.Policy()
        policy.capacity = 3
        change(&policy)
        return SessionTable(policy: policy)
    }

    /// Whether the session begins anew, and how many frames are filled, skipped and seen; nil when nothing is stepped.
    private func admit(
        _ table: inout SessionTable, _ name: String, first: Int64, frames: Int, isEnd: Bool = false
    ) -> [Int]? {
        table.admit(name, first: first, frames: frames, timestamp: 0, isEnd: isEnd).map {
            [$0.begins ? 1 : 0, $0.filled, $0.skipped, $0.seen]
        }
    }

    @Test("A session begins at any number, and a gap is filled up to the limit, else it begins anew")
    func gaps() throws {
        var table = table { $0.gapFrames = 2 }
        var admission = admit(&table, "a", first: 7, frames: 1)
        #expect(admission == [1, 0, 0, 1])
        admission = admit(&table, "a", first: 10, frames: 2)
        #expect(admission == [0, 2, 0, 4])
        admission = admit(&table, "a", first: 15, frames: 1)
        #expect(admission == [1, 0, 0, 1])
        #expect(table.counts.filled == 2 && table.counts.reset == 1 && table.counts.stepped == 4)
        #expect(table.counts.begun == 1 && table.session(named: "a")?.sequence == 15)
    }

    @Test("With the policy reset any gap begins the session anew")
    func reset() throws {
        var table = table { $0.fillsGaps = false }
        _ = table.admit("a", first: 0, frames: 3, timestamp: 0, isEnd: false)
        let admission = admit(&table, "a", first: 4, frames: 1)
        #expect(admission == [1, 0, 0, 1])
    }

    @Test("What was there comes again, what was missing comes late; neither is stepped")
    func repeats() throws {
        var table = table()
        _ = table.admit("a", first: 0, frames: 2, timestamp: 0, isEnd: false)
        _ = table.admit("a", first: 4, frames: 1, timestamp: 0, isEnd: false)
        #expect(admit(&table, "a", first: 1, frames: 1) == nil)
        #expect(table.counts.duplicate == 1 && table.counts.late == 0)
        #expect(admit(&table, "a", first: 2, frames: 2) == nil)
        #expect(table.counts.duplicate == 1 && table.counts.late == 2)
        // A record of which the first frames were there is stepped from the first new one on.
        let admission = admit(&table, "a", first: 3, frames: 4)
        #expect(admission == [0, 0, 2, 6])
        #expect(
            table.counts.duplicate == 2 && table.counts.late == 3 && table.session(named: "a")?.sequence == 6)
        // Too long ago to know.
        _ = table.admit("a", first: 7, frames: 100, timestamp: 0, isEnd: false)
        #expect(admit(&table, "a", first: 106, frames: 1) == nil)
        #expect(table.counts.duplicate == 3)
        #expect(admit(&table, "a", first: 40, frames: 1) == nil)
        #expect(table.counts.late == 4)
    }

    @Test("An end lets the session go, with its last frames or without; its name begins anew")
    func ends() throws {
        var table = table()
        _ = table.admit("a", first: 0, frames: 2, timestamp: 0, isEnd: true)
        #expect(table.count == 0 && table.counts.ended == 1)
        #expect(admit(&table, "a", first: 2, frames: 0, isEnd: true) == nil)
        #expect(table.counts.ended == 1)
        let admission = admit(&table, "a", first: 0, frames: 1)
        #expect(admission == [1, 0, 0, 1])
        // A late frame's end is an end too.
        #expect(admit(&table, "a", first: 0, frames: 1, isEnd: true) == nil)
        #expect(table.count == 0 && table.counts.ended == 2 && table.counts.duplicate == 1)
    }

    @Test("The session used least recently gives way")
    func leastRecentlyUsed() {
        var table = table()
        for name in ["a", "b", "c", "a"] {
            let next = (table.session(named: name)?.sequence ?? -1) + 1
            _ = table.admit(name, first: next, frames: 1, timestamp: 0, isEnd: false)
        }
        // A repeated frame is no use.
        _ = table.admit("b", first: 0, frames: 1, timestamp: 0, isEnd: false)
        _ = table.admit("d", first: 0, frames: 1, timestamp: 0, isEnd: false)
        #expect(table.session(named: "b") == nil && table.count == 3 && table.counts.evicted == 1)
        #expect(table.order.compactMap { table.sessions[$0]?.name } == ["c", "a", "d"])
    }

    @Test("A session is idle by the stream's time, which never runs back")
    func idle() {
        var table = table { $0.idleMilliseconds = 100 }
        _ = table.admit("a", first: 0, frames: 1, timestamp: 1_000, isEnd: false)
        _ = table.admit("b", first: 0, frames: 1, timestamp: 1_050, isEnd: false)
        _ = table.admit("b", first: 1, frames: 1, timestamp: 900, isEnd: false)
        #expect(table.time == 1_050 && table.count == 2)
        _ = table.admit("b", first: 2, frames: 1, timestamp: 1_100, isEnd: false)
        #expect(table.count == 2)
        _ = table.admit("b", first: 3, frames: 1, timestamp: 1_101, isEnd: false)
        #expect(table.session(named: "a") == nil && table.counts.idle == 1)
        // Its own next frame comes too late for it as well.
        let admission = table.admit("b", first: 4, frames: 1, timestamp: 1_202, isEnd: false)
        #expect(admission?.begins == true && table.counts.idle == 2)
    }

    @Test("A session whose frames had no time is as old as the first record that has one")
    func withoutTime() {
        var table = table { $0.idleMilliseconds = 100 }
        _ = table.admit("a", first: 0, frames: 1, timestamp: nil, isEnd: false)
        _ = table.admit("b", first: 0, frames: 1, timestamp: 1_000, isEnd: false)
        _ = table.admit("b", first: 1, frames: 1, timestamp: 1_050, isEnd: false)
        #expect(table.count == 2)
        _ = table.admit("b", first: 2, frames: 1, timestamp: 1_101, isEnd: false)
        #expect(table.session(named: "a") == nil && table.counts.idle == 1)
    }

    @Test("A recording that ended is known for ten minutes, and the last ten thousand of them")
    func ended() {
        func ends(_ table: inout SessionTable, _ name: String, at time: Int64) {
            _ = table.admit(name, first: 0, frames: 5, timestamp: time, isEnd: true)
        }
        var table = table()
        ends(&table, "a", at: 1_000)
        #expect(admit(&table, "a", first: 3, frames: 2) == nil)
        #expect(table.counts.duplicate == 2 && table.count == 0)
        _ = table.admit("b", first: 0, frames: 1, timestamp: 601_001, isEnd: false)
        #expect(admit(&table, "a", first: 3, frames: 2) == [1, 0, 0, 1])
        table = self.table()
        for number in 0..<(EndedSessions.limit + 10) { ends(&table, "\(number)", at: 1_000) }
        #expect(table.ended.inOrder.count == EndedSessions.limit)
        #expect(table.ended.inOrder.first?.session.name == "10")
        // Ended again: the last one.
        ends(&table, "10", at: 1_001)
        #expect(table.ended.inOrder.count == EndedSessions.limit)
        #expect(table.ended.inOrder.last?.session.name == "10")
    }

    @Test("What has the same bytes is a repeat at any time, unless it is what comes next")
    func sameBytes() {
        var table = table()
        func send(_ number: Int64, at time: Int64, isEnd: Bool = false) -> Bool {
            table.admit(
                "a", first: number, frames: 1, timestamp: time, isEnd: isEnd, hash: UInt64(number) + 1) != nil
        }
        func recording(at time: Int64) -> Int {
            (Int64(0)..<30).count { send($0, at: time + $0, isEnd: $0 == 29) }
        }
        #expect(recording(at: 1_000) == 30)
        #expect(!send(29, at: 5_000, isEnd: true))
        #expect(table.count == 0 && table.counts.duplicate == 1)
        // Played again, byte for byte.
        #expect(recording(at: 6_000) == 30)
        #expect(table.counts.ended == 2)
        // In the middle of the next one, late and early.
        #expect(send(0, at: 7_000) && send(1, at: 7_001))
        #expect(!send(29, at: 7_002, isEnd: true) && !send(28, at: 6_028))
        #expect(table.count == 1 && send(2, at: 7_003))
    }

    /// The same rules in the plainest way: a list of sessions in the order of use.
    private struct Plain {
        struct Session {
            let name: String
            var last: Int64
            var time: Int64
            var seen = 0
            var there: Set<Int64> = []
            let first: Int64
            let opened: Int64
            var stamp = Int64.min

            /// Whether a number came, as far as that is known.
            func knows(_ number: Int64) -> Bool { there.contains(number) && last - number < 64 }
        }
        let policy: SessionTable.Policy
        var sessions: [Session] = []
        var ended: [String: Session] = [:]
        var time = Int64.min
        var counts = SessionTable.Counts()

        /// Whether it begins, how many are filled, how many skipped, how many seen; nil when nothing is stepped.
        mutating func admit(_ name: String, _ numbers: Range<Int64>, _ now: Int64, _ isEnd: Bool) -> [Int]? {
            time = max(time, now)
            if policy.idleMilliseconds > 0 {
                let before = sessions.count
                sessions.removeAll { time - $0.time > policy.idleMilliseconds }
                counts.idle += before - sessions.count
            }
            if isOfEnded(name, numbers, now), let old = ended[name] {
                for number in numbers {
                    if old.knows(number) { counts.duplicate += 1 } else { counts.late += 1 }
                }
                return nil
            }
            var result: [Int]?
            var skipped = 0
            for number in numbers {
                var begins = false
                var filled = 0
                if !sessions.contains(where: { $0.name == name }) {
                    if sessions.count == policy.capacity {
                        sessions.removeFirst()
                        counts.evicted += 1
                    }
                    counts.begun += 1
                    begins = true
                    sessions.append(
                        Session(name: name, last: number - 1, time: time, first: number, opened: now))
                }
                guard let place = sessions.firstIndex(where: { $0.name == name }) else { return nil }
                var session = sessions[place]
                if number <= session.last {
                    if session.knows(number) {
                        counts.duplicate += 1
                    } else {
                        counts.late += 1
                    }
                    skipped += 1
                    continue
                }
                let gap = Int(number - session.last - 1)
                if gap > 0 {
                    if policy.fillsGaps, gap <= policy.gapFrames {
                        filled = gap
                        counts.filled += gap
                        session.seen += gap
                    } else {
                        begins = true
                        session.seen = 0
                        counts.reset += 1
                    }
                }
                session.last = number
                session.seen += 1
                session.time = time
                session.stamp = max(session.stamp, now)
                session.there.insert(number)
                counts.stepped += 1
                sessions.remove(at: place)
                sessions.append(session)
                if result == nil { result = [begins ? 1 : 0, filled, skipped, session.seen] }
            }
            if isEnd, let place = sessions.firstIndex(where: { $0.name == name }) {
                var session = sessions.remove(at: place)
                session.stamp = max(session.stamp, now)
                ended[name] = session
                counts.ended += 1
            }
            return result
        }

        /// Whether records without bytes are of the recording that ended.
        private func isOfEnded(_ name: String, _ numbers: Range<Int64>, _ now: Int64) -> Bool {
            guard let old = ended[name], now <= old.stamp else { return false }
            let isInside = numbers.lowerBound >= old.first && numbers.upperBound - 1 <= old.last
            guard let open = sessions.first(where: { $0.name == name }) else {
                return !numbers.isEmpty && isInside && numbers.lowerBound > old.first
            }
            return now < open.opened && (numbers.isEmpty || isInside)
        }
    }

    @Test("Against the plain rules on any input", arguments: UInt64(1)...20)
    func properties(seed: UInt64) throws {
        var random = RandomGenerator(seed: seed)
        var policy = SessionTable.Policy()
        policy.capacity = 1 + random.below(6)
        policy.gapFrames = random.below(4)
        policy.fillsGaps = random.below(3) > 0
        policy.idleMilliseconds = random.below(2) == 0 ? 0 : Int64(20 + random.below(50))
        var table = SessionTable(policy: policy)
        var plain = Plain(policy: policy)
        var now: Int64 = 1_000
        for round in 0..<3_000 {
            let name = "session \(random.below(8))"
            let last = table.session(named: name)?.sequence ?? Int64(random.below(5))
            let first = max(0, last + Int64(random.below(8)) - 3)
            let frames = random.below(4)
            now += Int64(random.below(5)) - 1
            let isEnd = frames == 0 || random.below(30) == 0
            let admission = table.admit(name, first: first, frames: frames, timestamp: now, isEnd: isEnd)
            let expected = plain.admit(name, first..<(first + Int64(frames)), now, isEnd)
            let found = admission.map { [$0.begins ? 1 : 0, $0.filled, $0.skipped, $0.seen] }
            try #require(found == expected, "seed \(seed), round \(round)")
            try #require(table.counts == plain.counts, "seed \(seed), round \(round)")
            let names = table.order.compactMap { table.sessions[$0]?.name }
            try #require(names == plain.sessions.map(\.name), "seed \(seed), round \(round)")
            try #require(
                Set(table.order).count == table.count && table.order.allSatisfy { $0 < policy.capacity })
            if random.below(100) == 0 {
                // As a snapshot would restore it.
                let counts = table.counts
                table = SessionTable(
                    policy: policy, clock: table.clock,
                    sessions: table.order.compactMap { table.sessions[$0] }, ended: table.ended)
                try #require(table.counts == SessionTable.Counts() && counts.stepped >= 0)
                plain.counts = SessionTable.Counts()
            }
        }
    }
}
