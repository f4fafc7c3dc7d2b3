import KafkaBasics
import Log

/// What a stage says of sessions that are not as they should be. The same words once in a while, so that what differs is
/// a field.
extension FrameStage {
    /// Says what was counted since.
    ///
    /// - Parameter record: the one that was taken in since; nil at a start.
    func warn(_ before: SessionTable.Counts, _ record: LogRecord? = nil) {
        let counts = table.counts
        if counts.evicted > before.evicted {
            logger.warning(
                "sessions are put out for others and lose what the network remembers of them: more are open than frames.sessions and frames.stateBytes allow",
                [LogField("limit", table.policy.capacity), LogField("evicted", counts.evicted)])
        }
        guard let record else { return }
        let place = LogField.place(record.place.topic, record.place.partition, record.offset)
        if counts.astray > before.astray {
            logger.warning(
                "a frame's number lies far from the last one of its session: it is not answered, and the session goes on there only if the next record does",
                place)
        }
        if counts.untimely > before.untimely {
            logger.warning(
                "a record's time lies far ahead of the stream's: sessions are not let go by it until \(StreamTime.trust) records in a row agree",
                place)
        }
    }

    /// Has sessions begin anew whose states were not finite, for the frames that follow in this portion and after it.
    ///
    /// - Parameter spoilt: by stretch whether its state was let go after it.
    func beginAnew(
        _ spoilt: [Bool], _ stretches: [SessionStates.Stretch], _ portion: inout SteppedFrames
    ) {
        // By slot how many of its frames, as the table counts them, were stepped into states that are gone.
        var gone: [Int: Int] = [:]
        for stretch in stretches {
            if stretch.begins { gone[stretch.slot] = nil }
            let seen = portion.items[stretch.item].firstSeen + stretch.count - stretch.unanswered - 1
            portion.items[stretch.item].firstSeen -= gone[stretch.slot] ?? 0
            guard spoilt[stretch.number] else { continue }
            gone[stretch.slot] = seen
            table.noteNotFinite()
            let record = portion.items[stretch.item].decoded.record
            logger.warning(
                "what the network remembers of a session is not finite: the session begins anew",
                LogField.place(record.place.topic, record.place.partition, record.offset))
        }
        for (slot, seen) in gone { table.forget(slot, seen: seen) }
    }
}
