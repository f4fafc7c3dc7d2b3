/// What is to be done now and then, and when it is due.
struct Schedule {
    /// What is to be done.
    enum Task: Int, CaseIterable { case commit, metrics, snapshot }

    let clock: any StreamClock
    /// By task.
    private let intervals: [Duration]
    private var next: [ContinuousClock.Instant]
    /// When the next snapshot is due while a journal is followed: soon, and then after twice as long each time. A run that
    /// is ended again and again before its interval is over gets on nevertheless.
    private var replayInterval = Duration.milliseconds(500)

    /// Begins now: a commit is due at once, all else after its interval.
    ///
    /// - Parameter isReplaying: whether a journal is followed first.
    init(_ configuration: Configuration, clock: any StreamClock, isReplaying: Bool) {
        self.clock = clock
        intervals = Task.allCases.map { task in
            switch task {
            case .commit: .milliseconds(200)
            case .metrics: .seconds(configuration.metrics.intervalSeconds)
            case .snapshot: .seconds(configuration.snapshots.intervalSeconds)
            }
        }
        let now = clock.now
        next = Task.allCases.map { [intervals] in $0 == .commit ? now : now + intervals[$0.rawValue] }
        if isReplaying { noteSnapshotInReplay() }
    }

    /// Whether the time has come.
    func isDue(_ task: Task) -> Bool { clock.now >= next[task.rawValue] }

    /// Notes that it was done, or tried: it is due again after its interval.
    mutating func note(done task: Task) { next[task.rawValue] = clock.now + intervals[task.rawValue] }

    /// The same of a snapshot while a journal is followed.
    mutating func noteSnapshotInReplay() {
        let interval = intervals[Task.snapshot.rawValue]
        next[Task.snapshot.rawValue] = clock.now + min(replayInterval, interval)
        replayInterval = min(replayInterval * 2, interval)
    }
}
