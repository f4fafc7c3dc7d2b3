import Foundation
import Kafka
import Messages
import Streaming
import Synchronization
import Tensors
import TestSupport
import Testing

/// The program itself, ended without notice again and again.
@Suite(.waiting) struct KillTests {
    private static let kills = Int(ProcessInfo.processInfo.environment["WEIR_KILLS"] ?? "") ?? 20

    private func start(_ configuration: Configuration, folder: String) throws -> Process {
        let path = "\(folder)/\(configuration.consumer.group).yaml"
        try configuration.yaml().write(toFile: path, atomically: true, encoding: .utf8)
        return try Program.start(
            ["serve", "--config", path], folder: folder, log: "\(configuration.consumer.group).log")
    }

    /// When a life is ended.
    private enum Moment: CaseIterable {
        /// While it starts, reads its state and follows the journal; its outputs are still on their way.
        case starting
        /// Soon after its first answers have arrived.
        case answering
        /// Soon after it has written a snapshot.
        case snapshotting
    }

    /// Lets the program live until a moment, a little different each time, and kills it.
    private func live(
        _ configuration: Configuration, until moment: Moment, _ stream: TestStream, _ answers: TopicCollector,
        _ random: inout RandomGenerator, seed: UInt64
    ) throws {
        func snapshots() -> Set<String> {
            let folder = configuration.snapshots.folder
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return Set(names.filter { $0.hasPrefix("snapshot-") && $0.hasSuffix(".safetensors") })
        }
        let (answered, written) = (answers.count, snapshots())
        let process = try start(configuration, folder: stream.folder)
        var spread = 0.2
        switch moment {
        case .starting: spread = 0.6
        case .answering: eventually { answers.count > answered || !process.isRunning }
        case .snapshotting:
            eventually {
                answers.count > answered && !snapshots().isSubset(of: written) || !process.isRunning
            }
        }
        Thread.sleep(forTimeInterval: random.uniform() * spread)
        #expect(process.isRunning, "seed \(seed): it must be killed, not end by itself")
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Starts the program and waits until it serves, so that it can be asked to stop.
    private func startServing(_ configuration: Configuration, folder: String) throws -> Process {
        func starts() -> Int {
            let log = "\(folder)/\(configuration.consumer.group).log"
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            return text.split(separator: "serving stream").count
        }
        let before = starts()
        let process = try start(configuration, folder: folder)
        #expect(eventually { starts() > before || !process.isRunning })
        return process
    }

    /// Everything but the time it took.
    private func content(_ output: Output) throws -> Prediction {
        var prediction = try (output.value ?? []).withUnsafeBytes { bytes throws(Rejection) in
            try Prediction(json: bytes)
        }
        prediction.durationMicroseconds = 0
        return prediction
    }

    /// Predictions by sample and without their ids, which are others in every state.
    private func bySample(_ predictions: some Sequence<Prediction>) -> [String: Prediction] {
        predictions.reduce(into: [:]) { answers, prediction in
            answers[prediction.sampleID] = prediction
            answers[prediction.sampleID]?.id = ""
        }
    }

    @Test(
        "SIGKILL at random moments against a run without: same state, all answered, repeats equal",
        arguments: [1, 3])
    func killed(partitions: Int) throws {
        let seed = UInt64(partitions) &+ 77
        var random = RandomGenerator(seed: seed)
        let stream = try TestStream(partitions: partitions)
        let killed = try stream.configuration {
            $0.snapshots.intervalSeconds = 0.4
            $0.predictions.codes = true
        }
        let whole = try stream.configuration {
            $0.consumer.group = "whole"
            $0.topics.predictions = "weir.s.whole"
            $0.topics.metrics = "weir.s.whole-metrics"
            $0.snapshots.folder += "-whole"
            $0.predictions.codes = true
        }
        try stream.broker.createTopic("weir.s.whole", partitions: 1)
        let answers = TopicCollector(killed.topics.predictions, broker: stream.broker)
        let expectedAnswers = TopicCollector(whole.topics.predictions, broker: stream.broker)

        // A producer that goes on while the service dies and comes back.
        let sent = Atomic(0)
        let isSending = Atomic(true)
        let finished = DispatchSemaphore(value: 0)
        let failure = Mutex<(any Error)?>(nil)
        nonisolated(unsafe) let sharedStream = stream
        Thread {
            do {
                while isSending.load(ordering: .relaxed) {
                    let next = sent.load(ordering: .relaxed)
                    try sharedStream.send(
                        sharedStream.samples(next..<(next + 12)).map(TestStream.json), partitions: partitions)
                    sent.store(next + 12, ordering: .relaxed)
                    Thread.sleep(forTimeInterval: 0.04)
                }
            } catch {
                failure.withLock { $0 = error }
            }
            finished.signal()
        }.start()

        for number in 0..<(partitions == 1 ? Self.kills : max(1, Self.kills / 2)) {
            let moment = Moment.allCases[number % Moment.allCases.count]
            try live(killed, until: moment, stream, answers, &random, seed: seed)
        }
        isSending.store(false, ordering: .relaxed)
        finished.wait()
        #expect(failure.withLock { $0 } == nil)
        let total = sent.load(ordering: .relaxed)
        func log() -> String {
            (try? String(contentsOfFile: "\(stream.folder)/\(killed.consumer.group).log", encoding: .utf8))
                ?? ""
        }

        let last = try startServing(killed, folder: stream.folder)
        #expect(
            eventually { answers.keys.count >= total },
            "seed \(seed): \(answers.keys.count) of \(total) samples answered\n\(log())")
        #expect(Program.stop(last) == 0, "\(log())")

        let uninterrupted = try startServing(whole, folder: stream.folder)
        expectedAnswers.wait(for: total)
        #expect(Program.stop(uninterrupted) == 0)
        let found = try answers.stop().map(content)
        let expected = try expectedAnswers.stop().map(content)
        #expect(expected.count == total)

        // Repeats are equal in id and content.
        var byID: [String: Prediction] = [:]
        var repeats = 0
        for prediction in found {
            if let first = byID[prediction.id] {
                #expect(first == prediction, "seed \(seed): \(prediction.sampleID)")
                repeats += 1
            }
            byID[prediction.id] = prediction
        }
        #expect(byID.count == total, "seed \(seed): one id a sample")
        #expect(
            log().contains("learning them silently") || repeats > 0,
            "seed \(seed): no kill hit anything\n\(log())")
        // With one partition the order is the log's, so the run without kills gives the same bits.
        if partitions == 1 {
            let answers = bySample(byID.values)
            for (id, prediction) in bySample(expected) {
                #expect(answers[id] == prediction, "seed \(seed): \(id)")
            }
            let one = try #require(try newestSnapshot(killed)).learner()
            let other = try #require(try newestSnapshot(whole)).learner()
            let (kept, wanted) = (try one.snapshot(), try other.snapshot())
            for name in Set(kept.tensors.keys).union(wanted.tensors.keys)
            where kept.tensors[name] != wanted.tensors[name] {
                Issue.record("seed \(seed): the tensor \(name) differs")
            }
            for (name, text) in wanted.metadata where kept.metadata[name] != text {
                Issue.record("seed \(seed): \(name) is \(kept.metadata[name] ?? "gone"), not \(text)")
            }
            #expect(try one.stateHash() == other.stateHash(), "seed \(seed)")
            #expect(one.labelled > 0)
        }
    }

    @Test("Sessions of frames, SIGKILL at random moments: the answers and states of a run without")
    func killedFrames() throws {
        let seed: UInt64 = 5
        var random = RandomGenerator(seed: seed)
        let stream = try TestStream()
        func configuration(_ name: String) throws -> Configuration {
            try stream.frameConfiguration {
                $0.consumer.group = name
                $0.topics.predictions = "weir.s.\(name)"
                $0.topics.metrics = "weir.s.\(name)-metrics"
                $0.snapshots.folder += name
                $0.snapshots.intervalSeconds = 0.4
                $0.frames.gaps = .repeat
                $0.frames.gapFrames = 4
                $0.frames.sessions = 12
            }
        }
        let killed = try configuration("frames-killed")
        let whole = try configuration("frames-whole")
        for topic in [killed.topics.predictions, whole.topics.predictions] {
            try stream.broker.createTopic(topic, partitions: 1)
        }
        let answers = TopicCollector(killed.topics.predictions, broker: stream.broker)
        let expectedAnswers = TopicCollector(whole.topics.predictions, broker: stream.broker)
        let frames = TestStream.frames(records: 3_000, sessions: 15, seed: seed)
        let rounds = max(2, Self.kills / 4)
        let size = frames.count / rounds
        for round in 0..<rounds {
            let end = round == rounds - 1 ? frames.count : (round + 1) * size
            try stream.sendFrames(frames[(round * size)..<end].map(TestStream.json))
            let moment = Moment.allCases[round % Moment.allCases.count]
            try live(killed, until: moment, stream, answers, &random, seed: seed)
        }
        try stream.sendFrames([TestStream.json(Frame(session: "last", sequence: 0, values: [0, 0, 0]))])
        func finish(_ configuration: Configuration, _ collector: TopicCollector) throws -> [Prediction] {
            let process = try startServing(configuration, folder: stream.folder)
            #expect(eventually { collector.keys.contains(Array("last".utf8)) }, "seed \(seed)")
            #expect(Program.stop(process) == 0)
            return try collector.stop().map(content)
        }
        let found = try finish(killed, answers)
        let expected = try finish(whole, expectedAnswers)
        var byID: [String: Prediction] = [:]
        for prediction in found {
            if let first = byID[prediction.id] { #expect(first == prediction, "seed \(seed)") }
            byID[prediction.id] = prediction
        }
        #expect(byID.count == expected.count && expected.count > 3_000, "seed \(seed)")
        #expect(bySample(found) == bySample(expected), "seed \(seed)")
        let one = try #require(try newestSnapshot(killed)).content
        let other = try #require(try newestSnapshot(whole)).content
        #expect(one.tensors == other.tensors && one.metadata["network"] == other.metadata["network"])
    }
}
