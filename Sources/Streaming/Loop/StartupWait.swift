import Log

/// Waits at the start for what a cluster has not yet, or not now: a topic made a moment ago, a leader, a coordinator.
package struct StartupWait {
    private static let limit = Duration.seconds(30)

    private let clock: any StreamClock
    private let stop: StopFlag
    private let logger: Logger

    /// Waits by a clock, until it is told to stop.
    package init(clock: any StreamClock, stop: StopFlag, logger: Logger) {
        self.clock = clock
        self.stop = stop
        self.logger = logger
    }

    /// Tries until it succeeds, for half a minute; a reason is said when it is new.
    ///
    /// - Parameters:
    ///   - what: what is to be read, for messages.
    ///   - othersPass: whether an error that does not say of itself whether it passes may.
    /// - Throws: a `StreamError` with the last reason. An error that does not pass, at once.
    package func until<Result>(
        _ what: String, othersPass: Bool, _ attempt: () throws -> Result
    ) throws -> Result {
        let deadline = clock.now + Self.limit
        var said = ""
        while true {
            let reason: String
            do {
                return try attempt()
            } catch let error as any PassingFault {
                reason = "\(error)"
                guard error.passes else { throw StreamError("\(what) cannot be read: \(reason)") }
            } catch {
                guard othersPass else { throw error }
                reason = "\(error)"
            }
            guard clock.now < deadline, !stop.isSet else {
                throw StreamError("\(what) cannot be read: \(reason)")
            }
            if reason != said { logger.info("waiting for \(what): \(reason)") }
            said = reason
            clock.sleep(.seconds(1))
        }
    }
}
