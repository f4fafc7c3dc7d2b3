import Dispatch
import Foundation
import Synchronization
import Testing

/// The real loop in a world that a seed drives: crashes, faults of disk, log and outputs, time that jumps.
@Suite struct SimulationTests {
    /// `WEIR_SIMULATION_SEEDS` runs more of them; `WEIR_SIMULATION_SEED` begins at another.
    private static let count =
        Int(ProcessInfo.processInfo.environment["WEIR_SIMULATION_SEEDS"] ?? "") ?? 1_000
    private static let first =
        UInt64(ProcessInfo.processInfo.environment["WEIR_SIMULATION_SEED"] ?? "") ?? 1

    @Test("All rules hold for every seed")
    func seeds() throws {
        let failed = Mutex([UInt64]())
        let seen = Mutex((hits: [String: Int](), crashed: [String: [String: Int]](), lives: 0))
        DispatchQueue.concurrentPerform(iterations: Self.count) { index in
            let seed = Self.first &+ UInt64(index)
            let outcome = Simulation.run(SimulationPlan(seed: seed))
            if !outcome.violations.isEmpty { failed.withLock { $0.append(seed) } }
            seen.withLock { seen in
                seen.hits.merge(outcome.hits, uniquingKeysWith: +)
                for (statement, moments) in outcome.crashed {
                    for moment in moments {
                        seen.crashed[statement, default: [:]][moment.rawValue, default: 0] += 1
                    }
                }
                seen.lives += outcome.lives
            }
        }
        let (hits, crashed, lives) = seen.withLock { $0 }
        var table =
            "\(Self.count) seeds from \(Self.first), \(lives) lives\nstatement, reached, crashed before, within, after\n"
        for (statement, count) in hits.sorted(by: { $0.key < $1.key }) {
            let moments = crashed[statement] ?? [:]
            table +=
                "\(statement) \(count) \(moments["before"] ?? 0) \(moments["within"] ?? 0) \(moments["after"] ?? 0)\n"
        }
        print(table)
        let failures = failed.withLock { $0.sorted() }
        if ProcessInfo.processInfo.environment["WEIR_SIMULATION_BRIEF"] != nil {
            // For scripts/mutate: only whether and where.
            for seed in failures.prefix(1) {
                let rules = Simulation.run(SimulationPlan(seed: seed)).violations
                print("caught by \(seed): \(rules.first ?? "")")
            }
            #expect(failures.isEmpty)
            return
        }
        for seed in failures.prefix(3) {
            let (plan, outcome) = Simulation.shrink(SimulationPlan(seed: seed))
            Issue.record(
                """
                seed \(seed) fails (WEIR_SIMULATION_SEED=\(seed) WEIR_SIMULATION_SEEDS=1 runs it alone)
                the smallest that still does: \(plan)
                \(outcome.violations.prefix(5).joined(separator: "\n"))
                \(outcome.history.suffix(120).joined(separator: "\n"))
                """)
        }
        #expect(failures.isEmpty)
    }
}
