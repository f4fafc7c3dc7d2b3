import Testing

/// What the simulation found; each of these failed before it was mended.
@Suite struct FoundTests {
    private func hold(_ seeds: ClosedRange<UInt64>, _ change: (inout SimulationPlan) -> Void) {
        for seed in seeds {
            var plan = SimulationPlan(seed: seed)
            plan.kind = .samples
            plan.hasExperts = false
            change(&plan)
            let outcome = Simulation.run(plan)
            #expect(outcome.violations.isEmpty, "\(plan)")
        }
    }

    @Test("A record that the client reads again was learned twice where there is one partition")
    func readAgain() {
        hold(1...10) {
            $0.partitions = 1
            $0.faults = [.readAgain]
        }
    }

    @Test("A bit flipped in the header of a journal made it one of a newer version, at every restart")
    func damagedHeader() {
        hold(1...150) {
            $0.records = 40
            $0.lives = 4
            $0.faults = [.damagedJournal, .powerLoss]
        }
    }

    @Test("A broken snapshot took the place of a whole one, until there was none")
    func brokenSnapshots() {
        hold(1...100) {
            $0.records = 60
            $0.lives = 4
            $0.faults = [.flippedSnapshot, .crash]
        }
    }

    @Test("A frame without a time before the first with one ended the process")
    func framesWithoutTime() {
        hold(1...60) {
            $0.kind = .framesByNetwork
            $0.records = 60
            $0.lives = 1
            $0.faults = [.crash]
        }
    }

    @Test("Samples held for the keys were answered as the batch that completed them, whatever their own was")
    func heldAltered() {
        hold(1...400) {
            $0.records = 120
            $0.partitions = 2
            $0.lives = 4
            $0.faults = [.instructions, .moreForKeys, .retention, .crash]
        }
    }
}
