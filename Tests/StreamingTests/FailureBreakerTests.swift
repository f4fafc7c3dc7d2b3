import Streaming
import Tensors
import Testing

@Suite struct FailureBreakerTests {
    /// Notes records; gives the number of the first that stopped it, from 1.
    private func stopped(_ breaker: inout FailureBreaker, by records: [Bool]) -> Int? {
        for (index, failed) in records.enumerated() where breaker.note(failed: failed) { return index + 1 }
        return nil
    }

    @Test(
        "It stops when more fail than are tolerated, but not before a tenth of the window and ten records are seen",
        arguments: [(10, 10), (50, 10), (100, 10), (1_000, 100)])
    func notTooSoon(window: Int, first: Int) {
        var breaker = FailureBreaker(window: window, tolerance: 0.5)
        let failures = [Bool](repeating: true, count: window)
        #expect(stopped(&breaker, by: failures) == first)
        #expect(breaker.account == "\(first) of the last \(first) records")
    }

    @Test("As many as are tolerated are tolerated; one more is not")
    func tolerance() {
        var breaker = FailureBreaker(window: 10, tolerance: 0.3)
        #expect(stopped(&breaker, by: [true, true, true] + [Bool](repeating: false, count: 7)) == nil)
        #expect(breaker.failures == 3)
        // The first three fall out of the window, so there is room for three others.
        #expect(stopped(&breaker, by: [true, true, true]) == nil)
        #expect(breaker.account == "3 of the last 10 records")
        let isStopped = breaker.note(failed: true)
        #expect(isStopped)
        #expect(breaker.account == "4 of the last 10 records")
        // Only a record that fails stops a stream.
        let isStoppedAgain = breaker.note(failed: false)
        #expect(!isStoppedAgain)
    }

    @Test("A tolerance of zero stops at the first that fails, a tolerance of one never")
    func limits() {
        var strict = FailureBreaker(window: 100, tolerance: 0)
        #expect(stopped(&strict, by: [Bool](repeating: false, count: 50) + [true]) == 51)
        var patient = FailureBreaker(window: 100, tolerance: 1)
        #expect(stopped(&patient, by: [Bool](repeating: true, count: 1_000)) == nil)
    }

    @Test("It counts as plain code does that keeps all records", arguments: 1...20)
    func random(seed: UInt64) {
        var random = RandomGenerator(seed: seed)
        let window = 1 + random.below(60)
        let tolerance = random.uniform()
        var breaker = FailureBreaker(window: window, tolerance: tolerance)
        var all: [Bool] = []
        for _ in 0..<400 {
            all.append(random.below(3) == 0)
            let last = all.suffix(window)
            let failures = last.count { $0 }
            let stops =
                all.last == true && last.count >= max(10, window / 10)
                && Double(failures) > tolerance * Double(last.count)
            let isStopped = breaker.note(failed: all[all.count - 1])
            #expect(isStopped == stops, "seed \(seed), record \(all.count)")
            #expect(breaker.failures == failures, "seed \(seed), record \(all.count)")
        }
    }
}
