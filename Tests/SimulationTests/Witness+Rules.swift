import KafkaBasics
import Streaming

/// What is asked in the end, or now and then.
extension Witness {
    /// The number of the newest whole snapshot.
    var newestNumber: Int { newestSnapshot()?.number ?? -1 }

    /// Whether this life has written a snapshot.
    var hasNewSnapshot: Bool { newestSnapshot()?.number ?? -1 > newestBefore }

    /// Whether all that was produced and could be read is answered.
    var isAllAnswered: Bool { cluster.places.allSatisfy { unanswered($0, in: 0..<Int64.max).isEmpty } }

    /// Whether all that was produced and could be read stands in the journals.
    var isAllProcessed: Bool {
        let reached = reached
        return cluster.places.allSatisfy { place in
            guard let last = cluster.records(of: place).last?.offset else { return true }
            return reached[place] ?? 0 > last || cluster.partitions[place]?.low ?? 0 > last
                || isLost(place, last)
        }
    }

    func firstUnanswered() -> String {
        for place in cluster.places {
            if let record = unanswered(place, in: 0..<Int64.max).first {
                return "\(place) offset \(record.offset)"
            }
        }
        return "none"
    }

    /// A place that is not committed up to its end.
    private var uncommitted: (place: TopicPartition, last: Int64)? {
        for place in cluster.places {
            let last = cluster.records(of: place).last { !isLost(place, $0.offset) }?.offset ?? -1
            if cluster.committed[place]?.offset ?? 0 <= last { return (place, last) }
        }
        return nil
    }

    /// Whether all that can be answered is committed.
    var isAllCommitted: Bool { uncommitted == nil }

    /// All that can be answered is committed.
    func checkCommitted(_ when: String) {
        guard let (place, last) = uncommitted else { return }
        world.violate(
            "\(when), \(place) is committed up to \(cluster.committed[place]?.offset ?? 0) and reaches \(last)"
        )
    }

    /// A whole snapshot is removed only when as many others are whole as are to be kept.
    func willRemove(_ path: String) {
        let whole = snapshotNumbers.filter { positions(ofSnapshot: $0) != nil }.map {
            self.path("snapshot", $0)
        }
        guard whole.contains(path), whole.count <= configuration.snapshots.keep else { return }
        world.violate("\(path) is removed, and \(whole.count - 1) others are whole")
    }

    /// The folder holds what is needed, and nothing else.
    func checkFiles(keep: Int) {
        // In the last life two seconds pass after all was answered.
        let written = snapshotNumbers.filter { $0 > newestBefore }.count
        if written == 0, newestNumber > 0, configuration.snapshots.intervalSeconds < 1 {
            world.violate("a life of two seconds and more has written no snapshot")
        }
        let whole = snapshotNumbers.filter { positions(ofSnapshot: $0) != nil }
        if whole.count > keep { world.violate("\(whole.count) snapshots are kept, \(keep) are wanted") }
        let oldest = whole.last ?? 0
        for number in journalNumbers where number < oldest {
            world.violate("journal \(number) is kept, and the oldest snapshot is \(oldest)")
        }
        for number in whole where number > 0 && disk.content(path("journal", number)) == nil {
            if !world.plan.faults.contains(.damagedJournal) {
                world.violate("snapshot \(number) has no journal")
            }
        }
        for path in disk.paths where path.hasSuffix(".part") { world.violate("\(path) is left") }
    }

    /// Each record once, those of a place in the log's order, and none left out.
    func check(_ order: [SimulatedRecord]) {
        for place in cluster.places {
            let offsets = order.filter { $0.place == place }.map(\.offset)
            if zip(offsets, offsets.dropFirst()).contains(where: { $0 >= $1 }) {
                world.violate("\(place) is not processed in its order: \(offsets)")
            }
        }
    }

    /// How far the state on disk reaches in each place.
    var reached: Offsets {
        let newest = newestSnapshot()
        return runs(journalNumbers.filter { $0 >= newest?.number ?? 0 }).reduce(
            into: newest?.positions ?? [:]
        ) {
            $0[$1.place] = max($0[$1.place] ?? 0, $1.last + 1)
        }
    }

    /// What was fetched and is not processed yet has a bound, and does not wait for ever.
    func checkQueues(_ log: SimulatedLog, batchRecords: Int) {
        var isWaiting = false
        let reached = runs(journalNumbers.filter { $0 >= known.journal }).reduce(into: known.positions) {
            $0[$1.place] = max($0[$1.place] ?? 0, $1.last + 1)
        }
        for (place, position) in log.positions {
            let waiting = cluster.records(of: place).filter {
                $0.offset >= reached[place] ?? 0 && $0.offset < position && !isLost(place, $0.offset)
            }.count
            isWaiting = isWaiting || waiting > 0
            // Ten batches, what one poll more may bring, and the batch in hand.
            if waiting > 10 * batchRecords + 30 + 5 * batchRecords {
                world.violate("\(waiting) records of \(place) wait, of batches of \(batchRecords)")
            }
        }
        checkProgress(isWaiting, log)
    }

    /// Records are waited for two seconds, not for ever. A journal that is followed has all the time.
    func checkProgress(_ isWaiting: Bool, _ log: SimulatedLog) {
        guard isWaiting, let last = disk.lastAppend, last.life == world.life else { return waitsSince = nil }
        // One that is followed is also begun anew by a snapshot: it names what was not read yet, of a place that may be away.
        let awaited = runs(journalNumbers.filter { $0 >= known.journal }).filter {
            $0.last >= log.positions[$0.place] ?? 0
        }
        guard awaited.isEmpty else { return waitsSince = nil }
        if last.count != waitsSince?.appends { waitsSince = (last.count, world.elapsed, log.polls) }
        guard let since = waitsSince, world.elapsed > since.time + .milliseconds(3_500),
            log.polls > since.polls + 55
        else {
            return
        }
        world.violate("records wait, and nothing is processed for \(world.elapsed - since.time)")
    }

    /// What was processed when the newest snapshot was taken, in order; nil when that is the first, empty one.
    func finalOrder() throws -> (snapshot: Snapshot, order: [SimulatedRecord])? {
        guard let newest = newestSnapshot(), newest.number > 0, orders[newest.number] != nil,
            let data = disk.content(path("snapshot", newest.number))
        else { return nil }
        return (try Snapshot(data), order(of: newest.number))
    }

    /// Records whose answer was already there may be lost to retention without harm.
    func isAnswered(_ place: TopicPartition, _ offset: Int64) -> Bool {
        answered[place]?.contains(offset) ?? false
    }
}
