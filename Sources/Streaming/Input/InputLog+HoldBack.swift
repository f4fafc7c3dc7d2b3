import KafkaBasics

extension InputLog {
    /// So many records of a partition wait at the most, and what one poll brings; ten batches if that is fewer.
    private static let heldBackAbove = 20_000
    /// So much memory the waiting records of all partitions take at the most, and what one poll brings.
    private static let heldBackBytes = 128 << 20

    /// Stops the fetching of partitions that run far ahead of the one that is waited for, until a fifth is left.
    func holdBack() throws {
        let limit = min(10 * batchRecords, Self.heldBackAbove)
        let byteLimit = Self.heldBackBytes / max(1, positions.count)
        for place in positions.keys {
            let (waiting, bytes) = (sequencer.waiting(of: place), sequencer.waitingBytes(of: place))
            let isAbove = waiting > limit || bytes > byteLimit
            let isLittle = waiting < limit / 5 && bytes < byteLimit / 5
            // The journal wants whole runs, however long.
            let isAwaited = place == sequencer.awaited
            if isAbove, !isAwaited, paused.insert(place).inserted {
                try log.pause(place)
            } else if isLittle || isAwaited, paused.remove(place) != nil {
                try log.resume(place)
            }
        }
    }
}
