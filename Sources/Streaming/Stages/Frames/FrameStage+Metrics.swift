import Messages

extension FrameStage {
    /// The sessions, and what became of the frames in this run.
    func metrics() -> [Metric] {
        let counts = table.counts
        return [
            Metric(.sessions, value: table.count),
            Metric(.sessionsLimit, value: table.policy.capacity),
            Metric(.memory, "sessions", value: table.count * model.plan.stateBytes),
            Metric(.sessionsBegun, value: counts.begun),
            Metric(.sessionsEnded, "end", value: counts.ended),
            Metric(.sessionsEnded, "idle", value: counts.idle),
            Metric(.sessionsEnded, "evicted", value: counts.evicted),
            Metric(.sessionsReset, value: counts.reset),
            Metric(.frames, "stepped", value: counts.stepped),
            Metric(.frames, "filled", value: counts.filled),
            Metric(.frames, "duplicate", value: counts.duplicate),
            Metric(.frames, "late", value: counts.late),
            Metric(.frames, "astray", value: counts.astray),
        ]
    }
}
