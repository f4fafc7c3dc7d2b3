/// The slots of the open sessions, and the order of their use.
extension SessionTable {
    mutating func open(_ session: Session) -> Int {
        let slot = free.popLast() ?? sessions.count
        if slot == sessions.count { sessions.append(nil) }
        sessions[slot] = session
        slots[session.name] = slot
        link(slot)
        return slot
    }

    mutating func letGo(_ slot: Int) {
        guard let session = sessions[slot] else { return }
        unlink(slot)
        slots[session.name] = nil
        sessions[slot] = nil
        free.append(slot)
    }

    mutating func unlink(_ slot: Int) {
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

    mutating func link(_ slot: Int) {
        sessions[slot]?.older = newest
        sessions[slot]?.newer = -1
        if newest >= 0 { sessions[newest]?.newer = slot } else { oldest = slot }
        newest = slot
    }
}
