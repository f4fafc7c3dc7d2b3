import KafkaBasics
import Learning
import Log
import Messages
import Streaming
import Tensors

/// A stream in memory where nothing fails and nobody waits: time moves only as the stream waits for it.
final class QuietStream {
    let world: SimulatedWorld
    let log: QuietLog
    let disk: SimulatedDisk
    let dimension = 4
    /// What it says.
    var logger = Logger.silent
    /// What has left the stream, over all its lives.
    private(set) var outputs: [QuietSink.Message] = []
    /// By topic the bytes of the largest value that it takes.
    var largest: [String: Int] = [:]
    /// The metrics of the last life.
    private(set) var reports: [MetricsMessage] = []

    init(partitions: Int = 1) {
        var plan = SimulationPlan(seed: 1)
        plan.faults = []
        world = SimulatedWorld(plan, isTraced: false)
        world.hasFaults = false
        log = QuietLog(world, partitions: partitions)
        disk = SimulatedDisk(world)
    }

    func configuration(_ change: (inout Configuration) -> Void = { _ in }) throws -> Configuration {
        var configuration = Configuration()
        configuration.stream = "s"
        configuration.dimension = dimension
        configuration.memory.codebooks = 4
        configuration.memory.keys = 8
        configuration.memory.keyDimension = 2
        configuration.ensemble.features = 16
        configuration.keys.samples = 10
        configuration.consumer.workers = 1
        configuration.snapshots.folder = "/state"
        change(&configuration)
        return try configuration.completed()
    }

    /// Labelled samples of three classes, which follow from their numbers.
    func samples(_ numbers: Range<Int>) -> [Sample] {
        numbers.map { number in
            var random = RandomGenerator(seed: UInt64(number))
            let label = random.below(3)
            return Sample(
                id: "id-\(number)",
                features: (0..<dimension).map { Float($0 == label ? 4 : 0) + Float(random.normal()) },
                label: "class \(label)")
        }
    }

    static func json(_ sample: Sample) -> [UInt8] {
        var bytes: [UInt8] = []
        sample.encodeJSON(into: &bytes)
        return bytes
    }

    /// Runs a life of the service on this thread.
    ///
    /// - Parameters:
    ///   - began: told the stream before it runs.
    ///   - isDone: asked at each poll; the stream stops when it says so, or after an hour of its time.
    func run(
        _ configuration: Configuration, began: (StreamLoop) -> Void = { _ in },
        until isDone: @escaping () -> Bool
    ) throws {
        world.begin(crash: nil)
        log.begin()
        reports = []
        let stop = StopFlag()
        let deadline = world.elapsed + .seconds(3_600)
        let (snapshots, asked) = (SimulatedBackground(world), SimulatedBackground(world))
        log.onPoll = { [world] in
            snapshots.tick()
            asked.tick()
            if isDone() || world.elapsed > deadline { stop.set() }
        }
        defer {
            log.onPoll = {}
            disk.processEnded()
        }
        let seams = Seams(
            log: log,
            sink: { [unowned self] ledger in
                QuietSink(ledger, largest: { self.largest[$0] ?? .max }) { self.outputs.append($0) }
            },
            clock: SimulatedClock(world: world), disk: disk, snapshots: snapshots, reports: asked,
            instance: world.instance)
        let stream = try StreamLoop(
            configuration: configuration, logger: logger, stop: stop, seams: seams
        ) { [unowned self] in reports.append($0) }
        began(stream)
        try stream.run()
    }

    /// How many predictions have arrived.
    var answered: Int { outputs.count { $0.topic.hasSuffix(".predictions") } }

    /// The predictions that have arrived, in order.
    func predictions() throws -> [Prediction] {
        try outputs.filter { $0.topic.hasSuffix(".predictions") }.map { output in
            try (output.value ?? []).withUnsafeBytes { bytes throws(Rejection) in try Prediction(json: bytes)
            }
        }
    }

    /// The learner of the newest snapshot.
    func learner(_ configuration: Configuration) throws -> (snapshot: Snapshot, learner: Learner)? {
        let store = try SnapshotStore(folder: configuration.snapshots.folder, keep: 10, disk: disk)
        guard let newest = try store.newest(broken: { _, _ in }) else { return nil }
        return (newest, try newest.learner())
    }
}
