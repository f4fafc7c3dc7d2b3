import Testing

/// The end of the process at a chosen statement.
@Suite struct CrashTests {
    @Test(
        "Ended before, within and after each statement that changes something outside the process",
        arguments: Simulation.statements)
    func crash(statement: String) {
        for moment in SimulationPlan.Crash.Moment.allCases {
            var ended = 0
            for seed in UInt64(1)...600 where ended < 3 {
                let outcome = Simulation.run(Self.plan(seed, statement, moment))
                if outcome.crashed[statement]?.contains(moment) ?? false { ended += 1 }
                if !outcome.violations.isEmpty {
                    let (plan, smallest) = Simulation.shrink(Self.plan(seed, statement, moment))
                    Issue.record(
                        """
                        \(plan)
                        \(smallest.violations.prefix(5).joined(separator: "\n"))
                        \(smallest.history.suffix(120).joined(separator: "\n"))
                        """)
                }
            }
            #expect(ended == 3, "\(moment) \(statement) is not reached")
        }
    }

    private static func plan(
        _ seed: UInt64, _ statement: String, _ moment: SimulationPlan.Crash.Moment
    ) -> SimulationPlan {
        var plan = SimulationPlan(seed: seed)
        // All that makes one statement or another happen.
        plan.faults = [.crash, .badRecords, .newPartition, .retention, .unavailablePartition]
        if statement == "log.close" || statement == "sink.close" { plan.faults.insert(.stop) }
        plan.partitions = 3
        plan.batchRecords = 2
        plan.lives = 2
        let crash = SimulationPlan.Crash(statement: statement, hits: Int(seed % 3), moment: moment)
        plan.crashes = [crash]
        if statement == "disk.remove part" {
            // What is left of a snapshot that was being written, the next life removes.
            plan.crashes = [
                SimulationPlan.Crash(statement: "disk.write part", hits: Int(seed % 3), moment: .within),
                SimulationPlan.Crash(statement: statement, hits: 0, moment: moment),
            ]
        }
        return plan
    }
}
