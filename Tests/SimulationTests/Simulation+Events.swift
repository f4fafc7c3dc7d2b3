import KafkaBasics
import Streaming

/// What happens beside the stream.
extension Simulation {
    func happen(_ log: SimulatedLog) {
        if world.below(3) == 0, cluster.lostEnd == nil { cluster.produce(1 + world.below(12)) }
        if world.happens(.newPartition, oneIn: 150), cluster.partitions.count < 5 { cluster.addPartition() }
        // While one is away, records of the others wait: the moment for them to lose what comes next.
        let isOneAway = cluster.partitions.values.contains { $0.unavailableUntil > world.elapsed }
        for place in cluster.places {
            if world.happens(.foreignCommit, oneIn: 200) {
                cluster.committed[place] = Commit(
                    offset: Int64(world.below(Int(cluster.partitions[place]?.end ?? 0) + 1)), mark: nil)
            }
            if world.happens(.unavailablePartition, oneIn: 100) {
                world.trace("\(place) loses its leader")
                cluster.partitions[place]?.unavailableUntil =
                    world.elapsed + .milliseconds(world.below(world.below(3) == 0 ? 20_000 : 6_000))
            }
            guard let partition = cluster.partitions[place], let position = log.positions[place],
                cluster.lostEnd == nil
            else { continue }
            if world.happens(.logLosesEnd, oneIn: 300), position > partition.low {
                cluster.loseEnd(of: place, before: position)
            } else if world.happens(.retention, oneIn: isOneAway ? 8 : 50) {
                let low = partition.low + Int64(world.below(Int(partition.end - partition.low) + 1))
                let kept = log.prefetch(place) ?? position
                if kept < low { witness.willLose(place, kept..<low) }
                cluster.retain(place, from: low)
            }
        }
    }

    /// Between two lives.
    func between() {
        world.advance(.milliseconds(world.below(3_000)))
        cluster.produce(world.below(10))
        if world.happens(.powerLoss, oneIn: 2), disk.losePower() {
            witness.note("a loss of power took the end of a journal")
        }
        if let snapshot = witness.replaceableSnapshot, world.happens(.flippedSnapshot, oneIn: 3) {
            disk.damage(snapshot)
        }
        let journals = witness.journalNumbers
        if !journals.isEmpty, world.happens(.damagedJournal, oneIn: 3) {
            disk.damage(witness.path("journal", journals[world.below(journals.count)]))
            witness.note("a journal was damaged")
        }
        if world.happens(.newPartition, oneIn: 4), cluster.partitions.count < 5 { cluster.addPartition() }
        if world.happens(.logLosesEnd, oneIn: 3) {
            loseTheEnd { cluster.loseEnd(of: $0, before: witness.reached[$0] ?? 0) }
        }
        if world.happens(.logIsAnother, oneIn: 3) {
            let last = witness.lastRecords
            loseTheEnd { place in
                // Of what is gone by now, or was not processed, nobody can tell.
                guard let offset = last[place], offset >= cluster.partitions[place]?.low ?? 0 else { return }
                cluster.exchange(place, from: offset)
            }
        }
        for place in cluster.places where world.happens(.foreignCommit, oneIn: 6) {
            let offset = Int64(world.below(Int(cluster.partitions[place]?.end ?? 0) + 1))
            world.trace("another client commits \(offset) of \(place)")
            cluster.committed[place] = Commit(offset: offset, mark: world.below(2) == 0 ? nil : "kept by x")
        }
        guard world.happens(.retention, oneIn: 3) else { return }
        for place in cluster.places {
            guard let partition = cluster.partitions[place] else { continue }
            retain(place, from: partition.low + Int64(world.below(Int(partition.end - partition.low) + 1)))
        }
    }

    /// Removes the records of a place below an offset, between two lives.
    func retain(_ place: TopicPartition, from low: Int64) {
        let reached = witness.reached[place] ?? 0
        for record in cluster.records(of: place) where record.offset < low {
            let isDone =
                record.kind == .other
                ? record.offset < reached : witness.isAnswered(place, record.offset)
            if !isDone { witness.lose(place, record.offset..<(record.offset + 1)) }
        }
        cluster.retain(place, from: low)
    }

    /// The log loses its end between two lives, as after an election of a leader that was behind, or is another one: refused
    /// by name, as long as it is so.
    func loseTheEnd(_ lose: (TopicPartition) -> Void) {
        let reached = witness.reached
        guard let place = cluster.places.last(where: { reached[$0] ?? 0 > cluster.partitions[$0]?.low ?? 0 })
        else { return }
        lose(place)
        guard cluster.lostEnd != nil else { return }
        let hadFaults = world.hasFaults
        world.hasFaults = false
        world.begin(crash: nil)
        witness.lifeBegins()
        let (stop, background) = (StopFlag(), SimulatedBackground(world))
        var polls = 0
        let log = SimulatedLog(cluster, witness) {
            polls += 1
            if polls > 100 { stop.set() }
        }
        let seams = Seams(
            log: log,
            sink: { [witness, world] in SimulatedSink(world, witness, $0) },
            clock: SimulatedClock(world: world), disk: disk, snapshots: background, reports: background,
            instance: world.instance)
        checkRefusal(run(.silent, stop, seams))
        world.end()
        disk.processEnded()
        world.hasFaults = hadFaults
        cluster.bringEndBack()
    }

    /// A log without its end is refused by name.
    func checkRefusal(_ ending: Ending) {
        switch ending {
        case .crashed: break
        case .stopped: world.violate("it goes on with a log that lost its end")
        case .failed(let reason):
            if !reason.contains("made anew") {
                world.violate("a log that lost its end ends it with: \(reason)")
            }
        }
    }
}
