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
        /// The slots of the sessions used next before and after this one; -1 at the ends.
        fileprivate var older = -1
        fileprivate var newer = -1
    }

    package private(set) var policy: Policy
    package private(set) var counts = Counts()
    /// The latest timestamp seen, milliseconds since 1970.
    package private(set) var time = Int64.min
    /// Sessions by slot; nil where the slot is free.
    package private(set) var sessions: [Session?] = []
    private var slots: [String: Int] = [:]
    private var free: [Int] = []
    private var oldest = -1
    private var newest = -1

    package init(policy: Policy) { self.policy = policy }

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
    ///   - first: the number of the first frame.
    ///   - frames: how many there are; 0 when the record only ends the session.
    ///   - timestamp: the record's, or nil when it has none.
    ///   - isEnd: whether the session ends after these frames.
    /// - Returns: what is to be stepped, or nil when that is nothing.
    package mutating func admit(
        _ name: String, first: Int64, frames: Int, timestamp: Int64?, isEnd: Bool
    ) -> Admission? {
        if let timestamp { note(timestamp) }
        letGoIdle()
        let admission = frames > 0 ? step(name, first: first, last: first + Int64(frames) - 1) : nil
        if isEnd, let slot = slots[name] {
            letGo(slot)
            counts.ended += 1
        }
        return admission
    }

    /// The stream's time goes on.
    private mutating func note(_ timestamp: Int64) {
        if time == .min {
            // Records before this had no time: their sessions are as old as the first that has one.
            for slot in sessions.indices { sessions[slot]?.time = timestamp }
        }
        time = max(time, timestamp)
    }

    private mutating func step(_ name: String, first: Int64, last: Int64) -> Admission? {
        guard let slot = slots[name], var session = sessions[slot] else {
            let slot = begin(name, sequence: first - 1)
            return advance(slot, begins: true, filled: 0, skipped: 0, to: last)
        }
        let skipped = Int(min(max(session.sequence - first + 1, 0), last - first + 1))
        // A frame that was there, or whose place was filled, is not stepped: the state is past it. Nor does it keep
        // the session open, so that a producer which begins again at 0 gets a new session after the idle time.
        for number in first..<(first + Int64(skipped)) {
            let age = session.sequence - number
            if age < 64, session.received >> UInt64(age) & 1 == 1 {
                counts.duplicate += 1
            } else {
                counts.late += 1
            }
        }
        guard first + Int64(skipped) <= last else { return nil }
        let gap = max(first - session.sequence - 1, 0)
        let isFilled = gap == 0 || (policy.fillsGaps && gap <= Int64(policy.gapFrames))
        session.received = gap < 64 ? session.received << UInt64(gap) : 0
        session.sequence += gap
        if isFilled {
            session.seen += Int(gap)
            counts.filled += Int(gap)
        } else {
            session.seen = 0
            counts.reset += 1
        }
        sessions[slot] = session
        return advance(slot, begins: !isFilled, filled: isFilled ? Int(gap) : 0, skipped: skipped, to: last)
    }

    /// Notes the frames up to a number as stepped.
    private mutating func advance(
        _ slot: Int, begins: Bool, filled: Int, skipped: Int, to last: Int64
    ) -> Admission? {
        guard var session = sessions[slot] else { return nil }
        let steps = Int(last - session.sequence)
        let admission = Admission(
            slot: slot, begins: begins, filled: filled, skipped: skipped, seen: session.seen + 1)
        session.received = steps < 64 ? session.received << UInt64(steps) | (1 << UInt64(steps) - 1) : .max
        session.sequence = last
        session.seen += steps
        session.time = time
        sessions[slot] = session
        counts.stepped += steps
        unlink(slot)
        link(slot)
        return admission
    }

    // MARK: Opening and letting go

    private mutating func begin(_ name: String, sequence: Int64) -> Int {
        if count == policy.capacity {
            letGo(oldest)
            counts.evicted += 1
        }
        counts.begun += 1
        return open(Session(name: name, sequence: sequence, time: time, seen: 0, received: 0))
    }

    private mutating func open(_ session: Session) -> Int {
        let slot = free.popLast() ?? sessions.count
        if slot == sessions.count { sessions.append(nil) }
        sessions[slot] = session
        slots[session.name] = slot
        link(slot)
        return slot
    }

    /// The order of use is that of the stream's time too, which never runs back: the idle ones stand first.
    private mutating func letGoIdle() {
        guard policy.idleMilliseconds > 0 else { return }
        while oldest >= 0, let session = sessions[oldest], time - session.time > policy.idleMilliseconds {
            letGo(oldest)
            counts.idle += 1
        }
    }

    private mutating func letGo(_ slot: Int) {
        guard let session = sessions[slot] else { return }
        unlink(slot)
        slots[session.name] = nil
        sessions[slot] = nil
        free.append(slot)
    }

    private mutating func unlink(_ slot: Int) {
        guard let session = sessions[slot] else { return }
        if session.older >= 0 {
            sessions[session.older]?.newer = session.newer
        } else {
            oldest = session.newer
        }
        if session.newer >= 0 {
            sessions[session.newer]?.older = session.older
        } else {
            newest = session.older
        }
    }

    private mutating func link(_ slot: Int) {
        sessions[slot]?.older = newest
        sessions[slot]?.newer = -1
        if newest >= 0 { sessions[newest]?.newer = slot } else { oldest = slot }
        newest = slot
    }

    // MARK: Restoring

    /// The table with these sessions open, that used least recently first, in the slots from 0.
    package init(policy: Policy, time: Int64, sessions: [Session]) {
        self.init(policy: policy)
        self.time = time
        for session in sessions { _ = open(session) }
        while count > policy.capacity {
            letGo(oldest)
            counts.evicted += 1
        }
    }
}

extension SessionTable.Session {
    /// A session of a snapshot.
    package init(restoring name: String, sequence: Int64, time: Int64, seen: Int, received: UInt64) {
        self.init(name: name, sequence: sequence, time: time, seen: seen, received: received)
    }
}
