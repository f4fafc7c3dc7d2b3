import Log
import Streaming
import Synchronization
import Testing

/// A fault that says whether it passes.
private struct LogFault: PassingFault, CustomStringConvertible {
    let passes: Bool
    let description: String
}

@Suite struct StartupWaitTests {
    private let world: SimulatedWorld = {
        var plan = SimulationPlan(seed: 1)
        plan.faults = []
        return SimulatedWorld(plan, isTraced: false)
    }()

    private func wait(_ lines: Lines, stop: StopFlag = StopFlag()) -> StartupWait {
        StartupWait(
            clock: SimulatedClock(world: world), stop: stop,
            logger: Logger(label: "test") { line in lines.all.withLock { $0.append(line.message) } })
    }

    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
        var messages: [String] { all.withLock { $0 } }
    }

    @Test func aReasonIsSaidOnceAndAgainWhenItChanges() throws {
        let lines = Lines()
        var attempts = 0
        let found = try wait(lines).until("topic t", othersPass: false) {
            attempts += 1
            if attempts > 20 { return attempts }
            throw LogFault(passes: true, description: attempts > 10 ? "no leader" : "no topic")
        }
        #expect(found == 21)
        #expect(lines.messages == ["waiting for topic t: no topic", "waiting for topic t: no leader"])
        #expect(world.elapsed == .seconds(20))
    }

    @Test func afterHalfAMinuteTheLastReasonIsThrown() throws {
        let lines = Lines()
        let error = #expect(throws: StreamError.self) {
            try wait(lines).until("topic t", othersPass: true) { throw StreamError("it is not there") }
        }
        #expect(error?.message == "topic t cannot be read: it is not there")
        #expect(lines.messages.count == 1)
        #expect(world.elapsed == .seconds(30))
    }

    @Test func whatDoesNotPassEndsItAtOnce() throws {
        let lines = Lines()
        let lasting = LogFault(passes: false, description: "wrong password")
        #expect(throws: StreamError("topic t cannot be read: wrong password")) {
            try wait(lines).until("topic t", othersPass: true) { throw lasting }
        }
        #expect(throws: StateError("broken")) {
            try wait(lines).until("topic t", othersPass: false) { throw StateError("broken") }
        }
        #expect(lines.messages.isEmpty && world.elapsed == .zero)
    }

    @Test func aStopEndsIt() throws {
        let stop = StopFlag()
        var attempts = 0
        #expect(throws: StreamError.self) {
            try wait(Lines(), stop: stop).until("topic t", othersPass: true) {
                attempts += 1
                if attempts == 3 { stop.set() }
                throw StreamError("it is not there")
            }
        }
        #expect(attempts == 3)
    }

    @Test func aCoordinatorThatMovesDoesNotEndAStart() throws {
        let stream = QuietStream()
        let moving = LogFault(passes: true, description: "not coordinator")
        stream.log.committedFaults = [moving, moving, moving]
        for sample in stream.samples(0..<20) { stream.log.produce(QuietStream.json(sample)) }
        try stream.run(try stream.configuration()) { stream.outputs.count >= 20 }
        #expect(stream.log.committedFaults.isEmpty)
        #expect(stream.world.elapsed >= .seconds(3))
        stream.log.committedFaults = [LogFault(passes: false, description: "no right")]
        #expect(throws: StreamError.self) { try stream.run(try stream.configuration()) { true } }
    }
}
