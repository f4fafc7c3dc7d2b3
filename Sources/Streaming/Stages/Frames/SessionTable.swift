/// The sessions of a stream of frames: which are open, how far each has come, and what becomes of a frame that
/// repeats, comes late or leaves a gap.
///
/// It knows no network and no values. What it decides follows from names, numbers and the records' timestamps
/// alone, so that the same log gives the same sessions. Each open session has a slot, a small number by which its
/// state is kept elsewhere; a slot that was let go is given to the next session.
package struct SessionTable: Sendable {
    /// What the table goes by.
    package struct Policy: Sendable, Equatable {
        /// Whether missing frames are filled; otherwise a gap begins the session anew.
        package var fillsGaps = true
        /// The most missing frames that are filled.
        package var gapFrames = 100
        /// How far the stream's time may run ahead of a session's last frame, milliseconds; 0 for ever.
        package var idleMilliseconds: Int64 = 0
        /// The most sessions at once, at least 1.
        package var capacity = 1

        package init() {}
    }

    /// What was counted, in this run of the service.
    package struct Counts: Sendable, Equatable {
        package var begun = 0
        package var ended = 0
        package var idle = 0
        package var evicted = 0
        package var reset = 0
        package var stepped = 0
        package var filled = 0
        package var duplicate = 0
        package var late = 0
        /// Frames whose number lies too far from the last one to be followed at once.
        package var astray = 0
        /// Records whose time lies too far ahead to be believed.
        package var untimely = 0
        /// Sessions that began anew since what the network remembered of them was not finite; they count as reset too.
        package var notFinite = 0

        /// The sessions that were let go.
        var closed: Int { ended + idle + evicted }

        package init() {}
    }

    /// What is to be done for the frames of one record.
    package struct Admission: Sendable, Equatable {
        /// The slot of the session.
        package let slot: Int
        /// Whether its state begins anew, before anything is filled or stepped.
        package let begins: Bool
        /// The number of missing frames to be stepped first.
        package let filled: Int
        /// The number of frames of the record that come before the first one to step: they were there already.
        package let skipped: Int
        /// The number of frames stepped, filled ones among them, when the first one of the record has been.
        package let seen: Int
    }

    /// How far a record may lie before or behind the last frame and still be taken at its word.
    package static let reach: Int64 = 4_096

    package private(set) var policy: Policy
    package internal(set) var counts = Counts()
    /// The stream's time.
    package private(set) var clock = StreamTime()
    /// The recordings that ended.
    package private(set) var ended = EndedSessions()
    /// Sessions by slot; nil where the slot is free.
    package internal(set) var sessions: [Session?] = []
    var slots: [String: Int] = [:]
    var free: [Int] = []
    var oldest = -1
    var newest = -1

    package init(policy: Policy) { self.policy = policy }

    /// The stream's time, milliseconds since 1970.
    package var time: Int64 { clock.now }

    /// The number of open sessions.
    package var count: Int { slots.count }

    /// The slots of the open sessions, that used least recently first.
    package var order: [Int] {
        var result: [Int] = []
        var slot = oldest
        while slot >= 0, let session = sessions[slot] {
            result.append(slot)
            slot = session.newer
        }
        return result
    }

    /// The session of a name.
    package func session(named name: String) -> Session? { slots[name].flatMap { sessions[$0] } }

    /// Takes in the frames of one record.
    ///
    /// - Parameters:
    ///   - name: the session.
    ///   - record: its numbers and its time.
    /// - Returns: what is to be stepped, or nil when that is nothing.
    package mutating func admit(_ name: String, _ record: Record) -> Admission? {
        let isAhead = note(record.timestamp)
        letGoIdle()
        if isOfEnded(record, name), let recording = ended.ended(name, at: time) {
            count(
                record.first..<(record.first + Int64(record.frames)), before: recording,
                isSame: recording.knows(record.hash))
            return nil
        }
        let admission = record.frames > 0 ? step(name, record, isAhead: isAhead) : nil
        if record.isEnd, let slot = slots[name], var session = sessions[slot] {
            if let timestamp = record.timestamp { session.stamp = max(session.stamp, min(timestamp, time)) }
            ended.add(EndedSessions.Ended(session: session, time: time))
            letGo(slot)
            counts.ended += 1
        }
        return admission
    }

    /// The stream's time goes on.
    ///
    /// - Returns: whether the record lies too far ahead to be believed.
    private mutating func note(_ timestamp: Int64?) -> Bool {
        guard let timestamp else { return false }
        let before = time
        // What no calendar has would only overflow.
        switch clock.note(min(max(timestamp, 0), 1 << 53), idle: policy.idleMilliseconds) {
        case .on: return false
        case .held:
            counts.untimely += 1
            return true
        case .leapt:
            let now = time
            for slot in sessions.indices {
                guard let session = sessions[slot] else { continue }
                // Sessions of records before the first that has a time are as old as that one. Those that were ahead
                // of the time have been right, and none lies after it.
                if before == .min || session.isAhead || session.time > now { sessions[slot]?.time = now }
                sessions[slot]?.isAhead = false
            }
            return false
        }
    }

    private mutating func step(_ name: String, _ record: Record, isAhead: Bool) -> Admission? {
        if isAhead, policy.idleMilliseconds > 0, let slot = slots[name],
            sessions[slot]?.sequence != record.first - 1
        {
            // By its own clock the session is over.
            letGo(slot)
            counts.idle += 1
        }
        let (first, last) = (record.first, record.last)
        guard let slot = slots[name], var session = sessions[slot] else {
            let slot = begin(name, sequence: first - 1, timestamp: record.timestamp)
            return advance(slot, begins: true, filled: 0, skipped: 0, record, isAhead: isAhead)
        }
        if isFar(record, from: session) {
            guard session.astray >= 0, first >= session.astray, first - session.astray <= Self.reach else {
                sessions[slot]?.astray = last + 1
                counts.astray += record.frames
                return nil
            }
            // Two agree: the session goes on there.
            session.begin(at: first)
            counts.reset += 1
            sessions[slot] = session
            return advance(slot, begins: true, filled: 0, skipped: 0, record, isAhead: isAhead)
        }
        let skipped = Int(min(max(session.sequence - first + 1, 0), last - first + 1))
        // A frame that was there, or whose place was filled, is not stepped: the state is past it. Nor does it keep
        // the session open, so that a producer which begins again at 0 gets a new session after the idle time.
        count(first..<(first + Int64(skipped)), before: session)
        guard first + Int64(skipped) <= last else { return nil }
        let gap = max(first - session.sequence - 1, 0)
        let isFilled = gap == 0 || (policy.fillsGaps && gap <= Int64(policy.gapFrames))
        if isFilled {
            session.received = gap < 64 ? session.received << UInt64(gap) : 0
            session.sequence += gap
            session.seen += Int(gap)
            counts.filled += Int(gap)
        } else {
            let received = gap < 64 ? session.received << UInt64(gap) : 0
            session.begin(at: first)
            // What came before the gap still came.
            session.received = received
            counts.reset += 1
        }
        sessions[slot] = session
        return advance(
            slot, begins: !isFilled, filled: isFilled ? Int(gap) : 0, skipped: skipped, record,
            isAhead: isAhead)
    }

    /// Whether a record lies so far from the last frame that it is followed only when the next one goes on there. One
    /// behind must be younger, or it is an old one that came again.
    private func isFar(_ record: Record, from session: Session) -> Bool {
        if record.first > session.sequence {
            return record.first - session.sequence - 1 > max(Self.reach, Int64(policy.gapFrames))
        }
        guard let timestamp = record.timestamp, session.stamp != .min else { return false }
        return session.sequence - record.last > Self.reach && timestamp > session.stamp
    }

    /// Notes the frames of a record as stepped.
    private mutating func advance(
        _ slot: Int, begins: Bool, filled: Int, skipped: Int, _ record: Record, isAhead: Bool
    ) -> Admission? {
        guard var session = sessions[slot] else { return nil }
        let steps = Int(record.last - session.sequence)
        let admission = Admission(
            slot: slot, begins: begins, filled: filled, skipped: skipped, seen: session.seen + 1)
        session.received = steps < 64 ? session.received << UInt64(steps) | (1 << UInt64(steps) - 1) : .max
        session.sequence = record.last
        session.seen += steps
        session.time = time
        session.isAhead = isAhead
        session.astray = -1
        if let timestamp = record.timestamp { session.stamp = max(session.stamp, min(timestamp, time)) }
        session.note(record.hash)
        sessions[slot] = session
        counts.stepped += steps
        unlink(slot)
        link(slot)
        return admission
    }

    /// Counts a session whose state was not finite.
    mutating func noteNotFinite() {
        counts.notFinite += 1
        counts.reset += 1
    }

    /// Notes that so many of a session's frames were stepped into a state that is gone.
    mutating func forget(_ slot: Int, seen: Int) {
        guard slot < sessions.count else { return }
        sessions[slot]?.seen -= seen
    }

    // MARK: Opening and letting go

    private mutating func begin(_ name: String, sequence: Int64, timestamp: Int64?) -> Int {
        if count == policy.capacity {
            letGo(oldest)
            counts.evicted += 1
        }
        counts.begun += 1
        var session = Session(name: name, sequence: sequence, time: time)
        session.opened = timestamp ?? .min
        return open(session)
    }

    /// The order of use is that of the stream's time too, which runs back at most once: the idle ones stand first.
    private mutating func letGoIdle() {
        guard policy.idleMilliseconds > 0 else { return }
        while oldest >= 0, let session = sessions[oldest], time - session.time > policy.idleMilliseconds {
            letGo(oldest)
            counts.idle += 1
        }
    }

    // MARK: Restoring

    /// The table with these sessions open, that used least recently first, in the slots from 0.
    package init(policy: Policy, clock: StreamTime, sessions: [Session], ended: EndedSessions) {
        self.init(policy: policy)
        self.clock = clock
        self.ended = ended
        for session in sessions { _ = open(session) }
        while count > policy.capacity {
            letGo(oldest)
            counts.evicted += 1
        }
    }
}
