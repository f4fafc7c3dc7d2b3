import KafkaBasics

/// What is answered: noted in the journal, then committed.
extension InputLog {
    /// Commits what is answered since the last time, without waiting.
    ///
    /// - Parameter settled: by place the offset before which all outputs have arrived.
    func commitSoon(_ settled: Offsets) throws {
        var offsets = try note(settled)
        if isGroupElsewhere {
            offsets = answered.filter { $0.value > 0 }
            isGroupElsewhere = false
        }
        if !offsets.isEmpty { try log.commitSoon(offsets, mark: watch.mark.text) }
        if watch.isDue(now: clock.now) { try log.askGroup(Array(positions.keys)) }
    }

    /// Commits all that is answered, and waits for the broker's answer.
    ///
    /// - Parameter settled: by place the offset before which all outputs have arrived.
    /// - Returns: why it was not done; nil when it was.
    func commit(_ settled: Offsets, within limit: Duration) throws -> CommitFault? {
        _ = try note(settled)
        return try log.commit(answered.filter { $0.value > 0 }, mark: watch.mark.text, within: limit)
    }

    /// Notes what is answered, in the journal first; gives what is new of it.
    private func note(_ settled: Offsets) throws -> Offsets {
        // Positions can lie before what was answered in an earlier run; a commit must not go back.
        let offsets = settled.filter { $0.value > answered[$0.key] ?? 0 }
        try journal.append(answered: offsets)
        answered.merge(offsets) { $1 }
        return offsets
    }
}
