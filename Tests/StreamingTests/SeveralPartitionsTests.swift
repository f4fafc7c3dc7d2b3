import Foundation
import Messages
import Streaming
import TestSupport
import Testing

/// A stream whose topic has several partitions, over a real broker protocol.
@Suite(.waiting) struct SeveralPartitionsTests {
    @Test("Several partitions are read in the order of time, whatever the batches: the same state")
    func orderOfTime() throws {
        let stream = try TestStream(partitions: 4)
        let samples = stream.samples(0..<1_200)
        try stream.send(samples.map(TestStream.json), partitions: 4)
        var states: [String] = []
        for (run, batch) in [("a", 2_048), ("b", 7)] {
            try stream.broker.createTopic("weir.s.order-\(run)", partitions: 1)
            let configuration = try stream.configuration {
                $0.consumer.group = run
                $0.consumer.batchRecords = batch
                $0.topics.predictions = "weir.s.order-\(run)"
                $0.snapshots.folder += run
            }
            let service = RunningService(configuration)
            let predictions = try stream.predictions(1_200, topic: "weir.s.order-\(run)")
            #expect(service.stop() == nil)
            #expect(predictions.count == 1_200)
            // Timestamps are whole milliseconds; within one the partitions decide.
            let times = predictions.map(\.timestampMilliseconds)
            #expect(times == times.sorted())
            states.append(try #require(try newestSnapshot(configuration)).learner().stateHash())
        }
        #expect(states[0] == states[1])
    }

    @Test(
        "Several partitions: everything is answered, and a replay takes the same order",
        arguments: [UInt64(1)])
    func partitions(seed: UInt64) throws {
        let stream = try TestStream(partitions: 4)
        let configuration = try stream.configuration { $0.snapshots.intervalSeconds = 3_600 }
        let samples = stream.samples(0..<800, seed: seed)
        try stream.send(samples.map(TestStream.json), partitions: 4)
        let service = RunningService(configuration)
        let predictions = try stream.predictions(800)
        #expect(service.stop() == nil)
        #expect(Set(predictions.map(\.sampleID)).count == 800)
        let state = try #require(try newestSnapshot(configuration)).learner().stateHash()
        // Without the last snapshot, the first one and the journal must lead to the same bits.
        do {
            let store = try SnapshotStore(folder: configuration.snapshots.folder, keep: 3)
            #expect(try store.snapshotNumbers().count == 2)
            try FileManager.default.removeItem(
                atPath: store.snapshotPath(try #require(try store.snapshotNumbers().last)))
        }
        let again = RunningService(configuration)
        #expect(eventually { again.reports.last?.recordCount == 800 || again.hasEnded })
        #expect(again.stop() == nil)
        #expect(try #require(try newestSnapshot(configuration)).learner().stateHash() == state)
        #expect(try stream.end(of: "weir.s.predictions") == 800)
    }
}
