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
    static let network = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../StreamingTests/Fixtures/format-3-frames-network/network.safetensors").path

    /// What came of it.
    struct Outcome {
        var violations: [String]
        var hits: [String: Int]
        var crashed: [String: Set<SimulationPlan.Crash.Moment>]
        var history: [String]
        var lives: Int
    }

    let plan: SimulationPlan
    let world: SimulatedWorld
    let cluster: SimulatedCluster
    let disk: SimulatedDisk
    let witness: Witness
    let configuration: Configuration

    init(_ plan: SimulationPlan, isTraced: Bool) throws {
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
        settings.snapshots.keep = 2 + Int(plan.seed % 2)
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
    enum Ending {
        case stopped, crashed
        case failed(String)
    }

    func live() throws -> Int {
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

    func chooseCrash() -> SimulationPlan.Crash? {
        guard world.happens(.crash, oneIn: 1) else { return nil }
        let moment = SimulationPlan.Crash.Moment.allCases[world.below(3)]
        if world.happens(.shortLives, oneIn: 1) {
            return SimulationPlan.Crash(statement: nil, hits: 1 + world.below(150), moment: moment)
        }
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
    func live(crash: SimulationPlan.Crash?) -> Ending {
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
                if witness.isAllAnswered,
                    plan.kind == .samples || witness.isAllProcessed && witness.isAllCommitted
                {
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
            clock: SimulatedClock(world: world), disk: disk, snapshots: snapshots, reports: reports,
            instance: world.instance)
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
        if let failed = sink?.failedAt, !plan.faults.contains(.timeJumps),
            world.elapsed > failed + .seconds(10)
        {
            world.violate("a failed delivery ends it only after \(world.elapsed - failed)")
        }
        if case .failed(let reason) = ending, reason.contains("could not be delivered"),
            sink?.failedAt == nil,
            !plan.faults.contains(.timeJumps)
        {
            world.violate("\(reason), and none has failed")
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

    func run(_ logger: Logger, _ stop: StopFlag, _ seams: Seams) -> Ending {
        do {
            try StreamLoop(configuration: configuration, logger: logger, stop: stop, seams: seams).run()
            return world.isDown ? .crashed : .stopped
        } catch {
            if world.isDown || error is SimulatedCrash { return .crashed }
            if !world.hasFaults, cluster.lostEnd == nil { world.violate("it ends by itself: \(error)") }
            return .failed("\(error)")
        }
    }
}
