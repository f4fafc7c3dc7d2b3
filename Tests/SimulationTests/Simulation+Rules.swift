import Foundation
import Learning
import Streaming

/// What must hold in the end.
extension Simulation {
    func check() throws {
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
        for (place, last) in Dictionary(
            order.map { ($0.place, $0.offset) }, uniquingKeysWith: { max($0, $1) })
        where snapshot.manifest.lastRecords[place]?.offset ?? -1 < last {
            world.violate(
                "the last snapshot names \(snapshot.manifest.lastRecords[place]?.offset ?? -1) as the last record of \(place), not \(last)"
            )
        }
        guard plan.kind == .samples else { return try check(snapshot, against: Self.reference(plan, order)) }
        let fold = try Fold(configuration, order)
        let learner = try snapshot.learner()
        guard try learner.stateHash() == fold.learner.stateHash() else {
            return world.violate(
                "the state is not the fold of the \(order.count) records that were processed: \(learner.samples) samples, \(learner.tracesLearned) traces, classes \(learner.classes.labels) and \(fold.learner.samples), \(fold.learner.tracesLearned), \(fold.learner.classes.labels)"
            )
        }
        if witness.lastReport?.recordCount != learner.samples {
            world.violate(
                "the last metrics count \(witness.lastReport?.recordCount ?? -1) samples of \(learner.samples)"
            )
        }
    }

    /// What a stream of frames comes to that goes through these records in this order and meets no fault.
    static func reference(
        _ plan: SimulationPlan, _ order: [SimulatedRecord]
    ) throws -> (snapshot: Snapshot, answers: [String: [UInt8]]) {
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
        return (try Snapshot(data), witness.answers)
    }

    func check(
        _ snapshot: Snapshot, against reference: (snapshot: Snapshot, answers: [String: [UInt8]])
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
        guard witness.mayDiffer == nil, witness.isAltered == nil else { return }
        for (name, content) in reference.answers {
            guard let given = witness.answers[name] else {
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
