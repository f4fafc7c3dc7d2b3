import Streaming
import Synchronization
import Tensors

/// The end of the process, at a statement.
struct SimulatedCrash: Error {}

/// A fault that a simulation made.
struct SimulatedFault: Error, CustomStringConvertible {
    let description: String
}

/// What all parts of a simulation share: the seed's numbers, the time, and where a life of the service ends.
///
/// `@unchecked Sendable`: a simulation runs on one thread; the seams' protocols are for those that do not.
final class SimulatedWorld: @unchecked Sendable {
    let plan: SimulationPlan
    var random: RandomGenerator
    /// Since the beginning.
    private(set) var elapsed = Duration.zero
    private let beginning = ContinuousClock.now
    /// What the clock on the wall is ahead.
    private var wallOffset = Duration.zero
    /// Where this life crashes, if it does.
    var crash: SimulationPlan.Crash?
    /// Whether the process of this life is gone: nothing it does has any effect.
    private(set) var isDown = false
    /// Whether faults still happen; not in the last life, which must come through.
    var hasFaults = true
    /// How often each statement was reached, in this life and in all; and was crashed at.
    private var hits: [String: Int] = [:]
    private var steps = 0
    /// The number of lives so far.
    private(set) var life = 0
    private(set) var allHits: [String: Int] = [:]
    private(set) var crashed: [String: Set<SimulationPlan.Crash.Moment>] = [:]
    /// What happened, for people; kept when a seed is looked at again.
    private(set) var history: [String] = []
    let isTraced: Bool
    /// What must not be, and was.
    private(set) var violations: [String] = []

    init(_ plan: SimulationPlan, isTraced: Bool) {
        self.plan = plan
        self.isTraced = isTraced
        random = RandomGenerator(seed: plan.seed)
    }

    func trace(_ event: @autoclosure () -> String) {
        if isTraced { history.append("\(elapsed): \(event())") }
    }

    func violate(_ rule: String) {
        violations.append(rule)
        trace("VIOLATION \(rule)")
    }

    /// Begins a life.
    func begin(crash: SimulationPlan.Crash?) {
        self.crash = crash
        life += 1
        isDown = false
        hits = [:]
        steps = 0
    }

    /// One in so many times, while a kind of fault happens.
    func happens(_ fault: Fault, oneIn count: Int) -> Bool {
        hasFaults && plan.faults.contains(fault) && random.below(count) == 0
    }

    /// The same, in the last life too.
    func always(_ fault: Fault, oneIn count: Int) -> Bool {
        plan.faults.contains(fault) && random.below(count) == 0
    }

    func below(_ bound: Int) -> Int { random.below(max(bound, 1)) }

    // MARK: Time

    var now: ContinuousClock.Instant { beginning + elapsed }
    /// The run of the service that is going on.
    var instance: StreamInstance {
        StreamInstance(
            name: "simulated/\(life)", began: milliseconds,
            id: StreamInstance.hexadecimal(plan.seed &* 1_000 &+ UInt64(life)))
    }
    var milliseconds: Int64 { 1_700_000_000_000 + Int64((elapsed + wallOffset) / .milliseconds(1)) }

    func advance(_ duration: Duration) {
        elapsed += duration
        guard happens(.timeJumps, oneIn: 40) else { return }
        let jump = Duration.seconds(below(7_200) - 3_600)
        trace("the wall clock jumps by \(jump)")
        wallOffset += jump
        if below(4) == 0 { elapsed += .seconds(below(30)) }
    }

    // MARK: Statements

    /// Does what a statement does, unless the process ends before, within or after it.
    ///
    /// - Parameter half: what is done when it ends within.
    func perform<Result>(_ statement: String, half: () -> Void = {}, _ body: () throws -> Result) throws
        -> Result
    {
        guard !isDown else { throw SimulatedCrash() }
        let count = hits[statement, default: 0]
        hits[statement] = count + 1
        allHits[statement, default: 0] += 1
        steps += 1
        guard let crash,
            crash.statement.map({ $0 == statement && count == crash.hits }) ?? (steps == crash.hits)
        else { return try body() }
        crashed[statement, default: []].insert(crash.moment)
        self.crash = nil
        trace("CRASH \(crash.moment) \(statement)")
        switch crash.moment {
        case .before: break
        case .within: half()
        case .after: _ = try? body()
        }
        isDown = true
        throw SimulatedCrash()
    }

    /// The process is gone, however it ended.
    func end() { isDown = true }
}

/// The world's time.
struct SimulatedClock: StreamClock {
    let world: SimulatedWorld
    var now: ContinuousClock.Instant { world.now }
    var milliseconds: Int64 { world.milliseconds }
    func sleep(_ duration: Duration) { world.advance(duration) }
}

/// Work beside the loop: done when the world likes, at the latest when somebody waits for it.
final class SimulatedBackground: Background, @unchecked Sendable {
    private let world: SimulatedWorld
    private var work: [@Sendable () -> Void] = []

    init(_ world: SimulatedWorld) { self.world = world }

    func begin(_ work: @escaping @Sendable () -> Void) {
        // Each piece holds a copy of the state: there is never more than one.
        if !self.work.isEmpty { world.violate("work beside the loop is begun while other work waits") }
        self.work.append(work)
        if world.below(2) == 0 { wait() }
    }

    /// Does some of what waits, perhaps.
    func tick() { if !work.isEmpty, world.below(3) == 0 { wait() } }

    func wait() {
        while !work.isEmpty {
            let next = work.removeFirst()
            if !world.isDown { next() }
        }
    }
}
