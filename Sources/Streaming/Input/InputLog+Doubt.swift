import KafkaBasics
import Log

/// What is done when a topic seems to be gone.
extension InputLog {
    /// Whether topics that seemed to be gone are there, and the ones that were read; then they are read on.
    ///
    /// - Parameter since: since when they seem to be gone.
    /// - Returns: false when that cannot be told yet.
    /// - Throws: ``StreamError`` when one was deleted or made anew.
    func isSame(since: ContinuousClock.Instant) throws -> Bool {
        var ends: PlaceEnds = [:]
        do {
            for topic in topics where try log.partitions(of: topic).isEmpty {
                // A broker that has just started may not know of it yet.
                guard since.duration(to: clock.now) > .seconds(5) else {
                    clock.sleep(.milliseconds(500))
                    return false
                }
                throw TopicIdentity.gone(topic)
            }
            for place in positions.keys { ends[place] = try log.ends(of: place, within: .seconds(5)) }
        } catch let error as StreamError {
            throw error
        } catch {
            logger.warning("whether a topic is still the one that was read is not known: \(error)")
            clock.sleep(.milliseconds(500))
            return false
        }
        try TopicIdentity.check(reached: positions, ends)
        try TopicIdentity(log, logger: logger).check(lastRecords: lastRecords, ends)
        try assignAnew()
        return true
    }
}
