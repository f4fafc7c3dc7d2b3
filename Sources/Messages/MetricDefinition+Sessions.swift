/// The sessions of a stream of frames. Counters are of this run of the service.
extension MetricDefinition {
    static let ofSessions = [sessions, sessionsLimit, sessionsBegun, sessionsEnded, sessionsReset, frames]

    package static let sessions = MetricDefinition(
        name: "weir_sessions", kind: .gauge, unit: "sessions", help: "sessions that are open")

    package static let sessionsLimit = MetricDefinition(
        name: "weir_sessions_limit", kind: .gauge, unit: "sessions",
        help: "how many there may be (`frames.sessions`, `frames.stateBytes`)")

    package static let sessionsBegun = MetricDefinition(
        name: "weir_sessions_begun_total", kind: .counter, unit: "sessions",
        help: "sessions that began, in this run")

    package static let sessionsEnded = MetricDefinition(
        name: "weir_sessions_ended_total", kind: .counter, unit: "sessions", labels: ["reason"],
        help: """
            sessions that were let go, in this run. `reason`: `end` said so, `idle` for `frames.idleSeconds`, \
            `evicted` for want of room
            """)

    package static let sessionsReset = MetricDefinition(
        name: "weir_sessions_reset_total", kind: .counter, unit: "sessions",
        help:
            "sessions that began anew after a gap, or since their state was not finite, in this run; none of them ended"
    )

    package static let frames = MetricDefinition(
        name: "weir_frames_total", kind: .counter, unit: "frames", labels: ["result"],
        help: """
            frames, in this run. `result`: `stepped`, `filled` where one was missing, and not stepped since they had \
            come before (`duplicate`), came after their place was filled (`late`), or had a number too far off to be \
            followed at once (`astray`)
            """)
}
