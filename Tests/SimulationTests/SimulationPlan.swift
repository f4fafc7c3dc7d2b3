import Tensors

/// What can go wrong in a simulation.
enum Fault: String, CaseIterable {
    case crash, shortLives, powerLoss, stop
    case lateReports, failedDelivery, lostMessage, tooLargeMessage, refusedCommit, lostAnswerToCommit,
        foreignCommit
    case fullDisk, flippedSnapshot, damagedJournal
    case newPartition, retention, logLosesEnd, logIsAnother, unavailablePartition, unavailableCluster,
        readAgain, offsetGaps
    case timeJumps, badRecords, instructions, moreForKeys
}

/// What happens in a simulation, all of which follows from a seed; made smaller when it fails.
struct SimulationPlan: CustomStringConvertible {
    /// What kind of stream it is.
    enum Kind: String { case samples, framesByNetwork, framesByMemory }

    var seed: UInt64
    var kind: Kind
    var partitions: Int
    var records: Int
    /// The lives of the service that do not end well, before the last one.
    var lives: Int
    var faults: Set<Fault>
    /// Whether all experts answer, which is slower.
    var hasExperts: Bool
    /// Where the first lives crash; where the others do, the seed chooses.
    var crashes: [Crash] = []
    /// The records taken at once.
    var batchRecords: Int

    /// Where a life ends.
    struct Crash: CustomStringConvertible {
        enum Moment: String, CaseIterable { case before, within, after }
        /// The statement; nil for any.
        let statement: String?
        /// How often it was reached before, in this life.
        let hits: Int
        let moment: Moment

        var description: String { "\(moment) hit \(hits) of \(statement ?? "any statement")" }
    }

    init(seed: UInt64) {
        var random = RandomGenerator(seed: seed ^ 0x5157_4549_5221)
        self.seed = seed
        kind = [.framesByNetwork, .framesByMemory, .samples, .samples, .samples, .samples][random.below(6)]
        partitions = 1 + random.below(3)
        records = 40 + random.below(120)
        lives = random.below(5)
        batchRecords = 2 << random.below(6)
        // Many for batches so small: some places run ahead and are held back.
        if batchRecords == 2 { records += 150 }
        hasExperts = random.below(8) == 0
        // A few kinds at a time: all at once, they would hide each other.
        var chosen: Set<Fault> = [.crash, .badRecords]
        for fault in Fault.allCases where random.below(4) == 0 { chosen.insert(fault) }
        if kind != .samples { chosen.remove(.instructions) }
        faults = chosen
        // Ended again and again while it follows its journal.
        if chosen.contains(.shortLives) { lives += 6 }
    }

    var description: String {
        "seed \(seed): \(kind.rawValue), \(records) records, \(partitions) partitions, \(lives) lives before the last\(hasExperts ? ", all experts" : ""); "
            + crashes.map { "crash \($0); " }.joined()
            + faults.map(\.rawValue).sorted().joined(separator: ", ")
    }

    /// Plans that are a little smaller.
    var smaller: [SimulationPlan] {
        var plans: [SimulationPlan] = []
        func add(_ change: (inout SimulationPlan) -> Void) {
            var plan = self
            change(&plan)
            plans.append(plan)
        }
        if records > 10 { add { $0.records /= 2 } }
        if partitions > 1 { add { $0.partitions -= 1 } }
        if lives > 0 { add { $0.lives -= 1 } }
        for fault in faults.sorted(by: { $0.rawValue < $1.rawValue }) { add { $0.faults.remove(fault) } }
        if hasExperts { add { $0.hasExperts = false } }
        if records > 10 { add { $0.records -= 5 } }
        return plans
    }
}
