import Foundation
import KafkaBasics
import Learning
import Log
import Messages
import Streaming

/// A stream in a world of its own: all that happens follows from the plan.
struct Simulation {
    static let dimension = 4
    /// A small network: 3 inputs, 4 classes.
    private static let network = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../StreamingTests/Fixtures/format-3-frames-network/network.safetensors").path

    /// What came of it.
    struct Outcome {
        var violations: [String]
        var hits: [String: Int]
        var crashed: [String: Set<SimulationPlan.Crash.Moment>]
        var history: [String]
        var lives: Int
    }

    private let plan: SimulationPlan
    private let world: SimulatedWorld
    private let cluster: SimulatedCluster
    private let disk: SimulatedDisk
    private let witness: Witness
    private let configuration: Configuration

    private init(_ plan: SimulationPlan, isTraced: Bool) throws {
        self.plan = plan
        world = SimulatedWorld(plan, isTraced: isTraced)
        disk = SimulatedDisk(world)
        var settings = Configuration()
        settings.stream = "s"
        settings.dimension = Self.dimension
        settings.memory.codebooks = 4
        settings.memory.keys = 8
        settings.memory.keyDimension = 2
        settings.ensemble.features = 16
        if !plan.hasExperts { settings.ensemble.experts = [.counts] }
        settings.keys.samples = plan.faults.contains(.moreForKeys) ? 30 : 6
        settings.evaluation.window = 40
        settings.evaluation.holdOutPerClass = 4
        settings.evaluation.holdOutFraction = 0.1
        settings.consumer.workers = 1
        settings.consumer.batchRecords = plan.batchRecords
        settings.snapshots.folder = "/state"
        // Now and then so seldom that nothing else commits but the loop itself.
        settings.snapshots.intervalSeconds = plan.seed % 3 == 0 ? 600 : 0.4
        settings.snapshots.keep = 2
        settings.metrics.intervalSeconds = 0.7
        settings.errors.tolerance = 1
        if plan.kind != .samples {
            settings.dimension = 1
            settings.frames.weights = Self.network
            settings.frames.answers = plan.kind == .framesByNetwork ? .network : .memory
            settings.frames.gaps = plan.seed % 2 == 0 ? .repeat : .zeros
            settings.frames.gapFrames = 2
            settings.frames.sessions = 3
        }
        configuration = try settings.completed()
        cluster = SimulatedCluster(world, topic: configuration.inputTopic)
        witness = Witness(cluster, disk, configuration)
    }

    /// Lets it happen.
    static func run(_ plan: SimulationPlan, isTraced: Bool = false) -> Outcome {
        do {
            let simulation = try Simulation(plan, isTraced: isTraced)
            let lives = try simulation.live()
            let world = simulation.world
            return Outcome(
                violations: world.violations, hits: world.allHits, crashed: world.crashed,
                history: world.history, lives: lives)
        } catch {
            return Outcome(violations: ["\(error)"], hits: [:], crashed: [:], history: [], lives: 0)
        }
    }

    /// The smallest plan that still fails, and what comes of it.
    static func shrink(_ plan: SimulationPlan) -> (plan: SimulationPlan, outcome: Outcome) {
        var smallest = plan
        var isSmaller = true
        while isSmaller {
            isSmaller = false
            for candidate in smallest.smaller where !run(candidate).violations.isEmpty {
                smallest = candidate
                isSmaller = true
                break
            }
        }
        return (smallest, run(smallest, isTraced: true))
    }

    // MARK: Lives

    /// How a life ended.
    private enum Ending {
        case stopped, crashed
        case failed(String)
    }

    private func live() throws -> Int {
        cluster.produce(world.below(plan.records))
        var lives = 0
        for _ in 0..<plan.lives {
            lives += 1
            live(crash: lives <= plan.crashes.count ? plan.crashes[lives - 1] : chooseCrash())
        }
        world.hasFaults = false
        var empty: TopicPartition?
        if plan.faults.contains(.retention), cluster.partitions.count > 1, world.below(2) == 0 {
            // Of one place all is gone, and nothing comes any more.
            empty = cluster.places.last
            if let empty { retain(empty, from: cluster.partitions[empty]?.end ?? 0) }
        }
        // Enough for the keys, whatever retention has taken.
        cluster.produceRest(40, except: empty)
        // What went wrong must be over soon.
        for _ in 0..<4 {
            lives += 1
            if case .stopped = live(crash: nil) {
                try check()
                return lives
            }
        }
        world.violate("it does not come through: \(lives) lives, unanswered \(witness.firstUnanswered())")
        return lives
    }

    private func chooseCrash() -> SimulationPlan.Crash? {
        guard world.happens(.crash, oneIn: 1) else { return nil }
        let moment = SimulationPlan.Crash.Moment.allCases[world.below(3)]
        if world.below(3) == 0 {
            return SimulationPlan.Crash(statement: nil, hits: 1 + world.below(300), moment: moment)
        }
        return SimulationPlan.Crash(
            statement: Self.statements[world.below(Self.statements.count)],
            hits: world.below(1 << world.below(6)),
            moment: moment)
    }

    /// All that changes something outside the process.
    static let statements = [
        "disk.make folder", "disk.lock", "disk.write part", "disk.rename part", "disk.remove part",
        "disk.remove snapshot", "disk.remove journal", "disk.open journal", "disk.append journal",
        "log.assign", "log.add", "log.move", "log.pause", "log.resume", "log.commit", "log.commit soon",
        "log.close",
        "sink.send predictions", "sink.send dlq", "sink.send metrics", "sink.flush", "sink.close",
    ]

    @discardableResult
    private func live(crash: SimulationPlan.Crash?) -> Ending {
        world.begin(crash: crash)
        witness.lifeBegins()
        let stop = StopFlag()
        let polls = 5 + world.below(150)
        let isLast = !world.hasFaults
        let (snapshots, reports) = (SimulatedBackground(world), SimulatedBackground(world))
        nonisolated(unsafe) var sink: SimulatedSink?
        nonisolated(unsafe) weak var log: SimulatedLog?
        var count = 0
        let deadline = world.elapsed + .seconds(600)
        var answeredAt: Duration?
        let simulatedLog = SimulatedLog(cluster, witness) {
            count += 1
            snapshots.tick()
            reports.tick()
            sink?.tick()
            if let log {
                happen(log)
                if count % 16 == 0 { witness.checkQueues(log, batchRecords: plan.batchRecords) }
            }
            if sink?.ticksSinceFailure ?? 0 > 100 {
                world.violate("it goes on though a delivery failed")
                stop.set()
            }
            if isLast {
                if count == 5, plan.records > 0, plan.faults.contains(.newPartition),
                    configuration.snapshots.intervalSeconds < 1,
                    cluster.partitions.count < 6
                {
                    // It is found and read without a restart.
                    cluster.addPartition()
                    cluster.produceRest(10, except: nil)
                }
                if witness.isAllAnswered, plan.kind == .samples || witness.isAllProcessed {
                    answeredAt = answeredAt ?? world.elapsed
                }
                if let answeredAt, world.elapsed > answeredAt + .seconds(2), !stop.isSet {
                    witness.checkCommitted("two seconds after all was answered")
                    stop.set()
                }
                if world.elapsed > deadline { stop.set() }
            } else if count > polls {
                // A life that has not crashed until now is ended, one way or the other.
                if plan.faults.contains(.stop) { stop.set() } else { world.end() }
            }
        }
        log = simulatedLog
        let seams = Seams(
            log: simulatedLog,
            sink: { [witness, world] ledger in
                let made = SimulatedSink(world, witness, ledger)
                sink = made
                return made
            },
            clock: SimulatedClock(world: world), disk: disk, snapshots: snapshots, reports: reports)
        let logger =
            world.isTraced
            ? Logger(label: "weir", level: .info) { [world] line in
                world.trace(
                    "\(line.level): \(line.message) \(line.fields.map { "\($0.name)=\($0.value)" }.joined(separator: " "))"
                )
            }
            : .silent
        let ending = run(logger, stop, seams)
        world.trace("life ended: \(ending)")
        if case .stopped = ending, world.elapsed > deadline {
            world.violate("600 s are not enough; unanswered \(witness.firstUnanswered())")
        }
        if let lost = cluster.lostEnd {
            // The life may have ended before it could notice, or by another fault.
            if world.elapsed > lost.at + .seconds(20) { checkRefusal(ending) }
            cluster.bringEndBack()
        }
        world.end()
        sink?.processEnded()
        disk.processEnded()
        between()
        return ending
    }

    private func run(_ logger: Logger, _ stop: StopFlag, _ seams: Seams) -> Ending {
        do {
            try StreamLoop(configuration: configuration, logger: logger, stop: stop, seams: seams).run()
            return world.isDown ? .crashed : .stopped
        } catch {
            if world.isDown || error is SimulatedCrash { return .crashed }
            if !world.hasFaults, cluster.lostEnd == nil { world.violate("it ends by itself: \(error)") }
            return .failed("\(error)")
        }
    }

    // MARK: What happens beside the stream

    private func happen(_ log: SimulatedLog) {
        if world.below(3) == 0, cluster.lostEnd == nil { cluster.produce(1 + world.below(12)) }
        if world.happens(.newPartition, oneIn: 150), cluster.partitions.count < 5 { cluster.addPartition() }
        for place in cluster.places {
            if world.happens(.unavailablePartition, oneIn: 100) {
                world.trace("\(place) loses its leader")
                cluster.partitions[place]?.unavailableUntil =
                    world.elapsed + .milliseconds(world.below(6_000))
            }
            guard let partition = cluster.partitions[place], let position = log.positions[place],
                cluster.lostEnd == nil
            else { continue }
            if world.happens(.logLosesEnd, oneIn: 300), position > partition.low {
                cluster.loseEnd(of: place, before: position)
            } else if world.happens(.retention, oneIn: 50) {
                let low = partition.low + Int64(world.below(Int(partition.end - partition.low) + 1))
                if position < low { witness.willLose(place, position..<low) }
                cluster.retain(place, from: low)
            }
        }
    }

    /// Between two lives.
    private func between() {
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
        if world.happens(.logLosesEnd, oneIn: 3) { loseTheEnd() }
        guard world.happens(.retention, oneIn: 3) else { return }
        for place in cluster.places {
            guard let partition = cluster.partitions[place] else { continue }
            retain(place, from: partition.low + Int64(world.below(Int(partition.end - partition.low) + 1)))
        }
    }

    /// Removes the records of a place below an offset, between two lives.
    private func retain(_ place: TopicPartition, from low: Int64) {
        let reached = witness.reached[place] ?? 0
        for record in cluster.records(of: place) where record.offset < low {
            let isDone =
                record.kind == .other
                ? record.offset < reached : witness.isAnswered(place, record.offset)
            if !isDone { witness.lose(place, record.offset..<(record.offset + 1)) }
        }
        cluster.retain(place, from: low)
    }

    /// The log loses its end between two lives, as after an election of a leader that was behind: refused by name, as long
    /// as it is so.
    private func loseTheEnd() {
        let reached = witness.reached
        guard let place = cluster.places.last(where: { reached[$0] ?? 0 > cluster.partitions[$0]?.low ?? 0 })
        else { return }
        cluster.loseEnd(of: place, before: reached[place] ?? 0)
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
            clock: SimulatedClock(world: world), disk: disk, snapshots: background, reports: background)
        checkRefusal(run(.silent, stop, seams))
        world.end()
        disk.processEnded()
        world.hasFaults = hadFaults
        cluster.bringEndBack()
    }

    /// A log without its end is refused by name.
    private func checkRefusal(_ ending: Ending) {
        switch ending {
        case .crashed: break
        case .stopped: world.violate("it goes on with a log that lost its end")
        case .failed(let reason):
            if !reason.contains("made anew") {
                world.violate("a log that lost its end ends it with: \(reason)")
            }
        }
    }

    // MARK: What must hold

    private func check() throws {
        witness.checkCommitted("after the stop")
        witness.checkFiles(keep: configuration.snapshots.keep)
        if !witness.isAllAnswered { world.violate("\(witness.firstUnanswered()) is not answered") }
        if !(witness.lastReport?.isFinal ?? false) { world.violate("the last metrics are not final") }
        guard witness.hasNewSnapshot else { return world.violate("a stop left no snapshot") }
        guard let (snapshot, order) = try witness.finalOrder() else { return }
        witness.check(order)
        for (place, position) in snapshot.manifest.positions
        where position < cluster.partitions[place]?.low ?? 0 {
            world.violate("the last snapshot stands at \(position) of \(place), where nothing is any more")
        }
        guard plan.kind == .samples else { return try check(snapshot, against: Self.reference(plan, order)) }
        let fold = try Fold(configuration, order)
        let learner = try snapshot.learner()
        guard try learner.stateHash() == fold.learner.stateHash() else {
            return world.violate(
                "the state is not the fold of the \(order.count) records that were processed: \(learner.samples) samples, \(learner.version) traces, classes \(learner.classes.labels) and \(fold.learner.samples), \(fold.learner.version), \(fold.learner.classes.labels)"
            )
        }
        if witness.lastReport?.recordCount != learner.samples {
            world.violate(
                "the last metrics count \(witness.lastReport?.recordCount ?? -1) samples of \(learner.samples)"
            )
        }
    }

    /// What a stream of frames comes to that goes through these records in this order and meets no fault.
    private static func reference(
        _ plan: SimulationPlan, _ order: [SimulatedRecord]
    ) throws -> (snapshot: Snapshot, outputs: [String: [UInt8]]) {
        var quiet = plan
        quiet.records = 0
        let simulation = try Simulation(quiet, isTraced: false)
        let (world, cluster, witness) = (simulation.world, simulation.cluster, simulation.witness)
        world.hasFaults = false
        for place in Set(order.map(\.place)) { cluster.partitions[place] = .init() }
        // Begins, stops, and finds all of it in its journal.
        simulation.live(crash: nil)
        world.begin(crash: nil)
        let number = witness.newestNumber
        let journal = try OrderJournal(
            path: witness.path("journal", number), topics: [cluster.topic], on: simulation.disk)
        for record in order {
            try journal.append([.init(place: record.place, first: record.offset, last: record.offset)])
            cluster.partitions[record.place]?.records.append(record)
            cluster.partitions[record.place]?.end = record.offset + 1
        }
        simulation.live(crash: nil)
        guard let data = simulation.disk.content(witness.path("snapshot", witness.newestNumber)),
            world.violations.isEmpty
        else { throw SimulatedFault(description: "the reference fails: \(world.violations)") }
        return (try Snapshot(data), witness.outputs)
    }

    private func check(
        _ snapshot: Snapshot, against reference: (snapshot: Snapshot, outputs: [String: [UInt8]])
    ) {
        let (kept, wanted) = (snapshot.content, reference.snapshot.content)
        for name in Set(kept.tensors.keys).union(wanted.tensors.keys)
        where kept.tensors[name] != wanted.tensors[name] {
            world.violate("the state differs from that of a stream without faults in \(name)")
        }
        for name in ["learner", "network", "sessions"] where kept.metadata[name] != wanted.metadata[name] {
            world.violate(
                "the state differs from that of a stream without faults in \(name): \((kept.metadata[name] ?? "").prefix(300)) and \((wanted.metadata[name] ?? "").prefix(300))"
            )
        }
        // Without records that are gone, or in another order, other frames have answers.
        guard witness.mayDiffer == nil else { return }
        for (id, content) in reference.outputs {
            guard let given = witness.outputs[id] else {
                world.violate("an answer is missing: \(String(decoding: content, as: UTF8.self))")
                continue
            }
            if given != content {
                world.violate(
                    "an answer is another than without faults: \(String(decoding: given, as: UTF8.self))")
            }
        }
    }
}
