import Foundation
import Kafka
import Learning
import Messages
import Streaming
import TestSupport
import Testing

/// The whole path over a real broker protocol, in this process.
@Suite(.waiting) struct StreamLoopTests {
    /// What a prediction says apart from the time it took and its id, which is another in every state.
    private func content(_ prediction: Prediction) -> Prediction {
        var result = prediction
        result.durationMicroseconds = 0
        result.id = ""
        return result
    }

    @Test("Every sample is answered once, in order, before it is learned; those before the keys too")
    func endToEnd() throws {
        let stream = try TestStream()
        let samples = stream.samples(0..<400)
        try stream.send(samples.map(TestStream.json))
        let configuration = try stream.configuration { $0.predictions.codes = true }
        let service = RunningService(configuration)
        let predictions = try stream.predictions(400)
        #expect(service.stop() == nil)
        #expect(predictions.map(\.sampleID) == samples.map(\.id))
        #expect(Set(predictions.map(\.id)).count == 400)
        #expect(predictions.map(\.source.offset) == Array(0..<400))
        #expect(predictions[0].label == nil && predictions[0].outcome == .nothingLearned)
        var learned = 0
        for (sample, prediction) in zip(samples, predictions) {
            #expect(prediction.model.tracesLearned == learned, "\(sample.id)")
            #expect(prediction.expected == sample.label && prediction.codes?.count == 8)
            if sample.label != nil, !prediction.isHoldout { learned += 1 }
        }
        let revisions = predictions.map(\.model.revision)
        #expect(revisions == revisions.sorted() && revisions[0] == 1, "the keys are the first change")
        #expect(predictions.count { $0.isHoldout } > 0)
        let late = zip(samples, predictions).dropFirst(200).filter { $0.0.label != nil }
        #expect(late.count { $0.0.label == $0.1.label } > late.count * 9 / 10)

        // The same learner, fed without Kafka, gives the same bits.
        var offline = try Learner(configuration: configuration.learner)
        try offline.initialiseKeys(from: samples[..<50].flatMap(\.features))
        let encoded = try offline.encoder.encode(samples.flatMap(\.features))
        for (row, sample) in samples.enumerated() {
            #expect(predictions[row].model.revision == offline.revision)
            let outcome = try encoded.withSample(row) {
                try offline.process(LearnerSample(id: sample.id, label: sample.label), $0)
            }
            #expect(outcome.answer.best.map { offline.classes.labels[$0.index] } == predictions[row].label)
            #expect(outcome.answer.best?.probability ?? 0 == predictions[row].confidence)
        }
        let snapshot = try #require(try newestSnapshot(configuration))
        #expect(try snapshot.learner().stateHash() == offline.stateHash())
        #expect(
            snapshot.manifest.positions == [TopicPartition(topic: "weir.s.samples", partition: 0): 400])
    }

    @Test("Metrics come at intervals and at the end, and say why one is absent")
    func metrics() throws {
        let stream = try TestStream()
        let service = RunningService(try stream.configuration { $0.metrics.intervalSeconds = 0.1 })
        #expect(eventually { !service.reports.isEmpty || service.hasEnded })
        try stream.send(stream.samples(0..<600).map(TestStream.json))
        _ = try stream.predictions(600)
        #expect(service.stop() == nil)
        let written = try stream.read("weir.s.metrics") { outputs in
            outputs.contains { String(decoding: $0.value ?? [], as: UTF8.self).contains("\"final\":true") }
        }.map { output in
            try (output.value ?? []).withUnsafeBytes { bytes throws(Rejection) in
                try MetricsMessage(json: bytes)
            }
        }
        let first = try #require(written.first)
        #expect(first.reason(.accuracy, "cumulative") == "no_labels_yet")
        #expect(first.reason(.holdOutBalancedAccuracy) == "no_held_out_items")
        #expect(first.reason(.predictionDuration, "0.99") == "no_records_yet")
        #expect(first.reason(.snapshotLastSuccess) == "no_snapshot_yet")
        for metric in written.flatMap(\.metrics) {
            #expect(MetricCatalogue.all.contains(metric.definition), "\(metric)")
        }
        let last = try #require(written.last)
        #expect(last.isFinal && last.recordCount == 600 && last.labelledCount == 514)
        for window in ["cumulative", "window"] {
            #expect(last.number(.accuracy, window) != nil && last.number(.kappaTemporal, window) != nil)
            #expect(last.number(.balancedAccuracy, window) != nil)
        }
        for metric in [
            MetricDefinition.holdOutBalancedAccuracy, .codebookUsage, .codebookPerplexity, .inputRate,
        ] {
            #expect(last.number(metric) != nil, "\(metric.name): \(last.reason(metric) ?? "")")
        }
        #expect(last.number(.forgetting, "peak_minus_now") != nil)
        #expect(
            last.perClass.count == 5
                && last.perClass.values.allSatisfy { $0.recall != nil && $0.holdoutItems > 0 })
        #expect(last.sum(.deadLetters) == 0 && last.sum(.predictions) == 600)
    }

    @Test("Stopped and started again and again: the same answers and the same state as in one run")
    func restarts() throws {
        let stream = try TestStream()
        let samples = stream.samples(0..<900)
        let whole = try stream.configuration {
            $0.consumer.group = "whole"
            $0.topics.predictions = "weir.s.whole"
            $0.snapshots.folder += "-whole"
        }
        let pieces = try stream.configuration()
        try stream.broker.createTopic("weir.s.whole", partitions: 1)
        for part in 0..<6 {
            try stream.send(samples[(part * 150)..<((part + 1) * 150)].map(TestStream.json))
            let service = RunningService(pieces)
            _ = try stream.predictions((part + 1) * 150)
            #expect(service.stop() == nil)
        }
        let service = RunningService(whole)
        let expected = try stream.predictions(900, topic: "weir.s.whole")
        #expect(service.stop() == nil)
        let found = try stream.predictions(900)
        #expect(found.map(content) == expected.map(content))
        #expect(Set((found + expected).map(\.id)).count == 1_800)
        let one = try #require(try newestSnapshot(pieces)).learner()
        let other = try #require(try newestSnapshot(whole)).learner()
        #expect(try one.stateHash() == other.stateHash())
    }

    @Test("A broken newest snapshot: the one before and the journals give the same state, silently")
    func brokenSnapshot() throws {
        let stream = try TestStream()
        let configuration = try stream.configuration()
        try stream.send(stream.samples(0..<300).map(TestStream.json))
        let service = RunningService(configuration)
        _ = try stream.predictions(300)
        #expect(service.stop() == nil)
        let path: String
        let before: String
        do {
            let store = try SnapshotStore(folder: configuration.snapshots.folder, keep: 3)
            let newest = try #require(try store.newest { _, _ in })
            before = try newest.learner().stateHash()
            path = store.snapshotPath(newest.manifest.number)
        }
        try Data("broken".utf8).write(to: URL(fileURLWithPath: path))
        let again = RunningService(configuration)
        #expect(eventually { again.reports.last?.recordCount == 300 || again.hasEnded })
        #expect(again.stop() == nil)
        #expect(try #require(try newestSnapshot(configuration)).learner().stateHash() == before)
        #expect(try stream.end(of: "weir.s.predictions") == 300)
    }

    @Test("Snapshots of another configuration are refused with the difference")
    func otherConfiguration() throws {
        let stream = try TestStream()
        try stream.send(stream.samples(0..<60).map(TestStream.json))
        let service = RunningService(try stream.configuration())
        _ = try stream.predictions(60)
        #expect(service.stop() == nil)
        let failure = RunningService(try stream.configuration { $0.memory.keys = 17 }).wait()
        let text = failure.map { "\($0)" } ?? ""
        #expect(text.contains("memory.keys is 16 in the snapshot and 17 in the configuration"), "\(text)")
        // What leaves no trace in the state may change.
        let harmless = RunningService(try stream.configuration { $0.predictions.top = 5 })
        #expect(eventually { !harmless.reports.isEmpty || harmless.hasEnded })
        #expect(harmless.stop() == nil)
    }

    @Test("Two services cannot share a folder; a topic that was made anew is noticed")
    func misuse() throws {
        let stream = try TestStream()
        let configuration = try stream.configuration()
        try stream.send(stream.samples(0..<60).map(TestStream.json))
        let service = RunningService(configuration)
        _ = try stream.predictions(60)
        let second = RunningService(configuration).wait()
        #expect("\(second.map { "\($0)" } ?? "")".contains("one writer"))
        #expect(service.stop() == nil)
        let other = try TestStream()
        let failure = RunningService(
            try other.configuration { $0.snapshots.folder = configuration.snapshots.folder }
        ).wait()
        #expect(
            "\(failure.map { "\($0)" } ?? "")".contains("made anew"), "\(failure.map { "\($0)" } ?? "none")")
    }

    @Test("Too many bad records stop the stream, a few do not")
    func breaker() throws {
        let stream = try TestStream()
        let configuration = try stream.configuration { $0.errors.window = 100 }
        try stream.send(
            stream.samples(0..<80).map(TestStream.json)
                + (0..<200).map { _ in .init(value: Array("{}".utf8)) })
        let failure = RunningService(configuration).wait()
        #expect(
            "\(failure.map { "\($0)" } ?? "")".contains("errors.tolerance"),
            "\(failure.map { "\($0)" } ?? "none")")
    }

    @Test("A few bad records among many good ones that wait for the keys do not stop the stream")
    func badWhileWarmingUp() throws {
        let stream = try TestStream()
        let messages = stream.samples(0..<900).enumerated().map { index, sample in
            index % 6 == 0 ? TestStream.Message(value: Array("{}".utf8)) : TestStream.json(sample)
        }
        try stream.send(messages)
        let service = RunningService(try stream.configuration { $0.keys.samples = 700 })
        #expect(try stream.predictions(750).count == 750)
        #expect(service.stop() == nil)
    }

    @Test("A record over the limit goes to the dead letters whole, and the stream goes on")
    func oversized() throws {
        let stream = try TestStream()
        let huge = (0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
        try stream.send(stream.samples(0..<60).map(TestStream.json) + [.init(value: huge)])
        try stream.send(stream.samples(60..<70).map(TestStream.json))
        let service = RunningService(try stream.configuration())
        #expect(try stream.predictions(70).count == 70)
        let letters = try stream.read("weir.s.dlq") { !$0.isEmpty }
        #expect(service.stop() == nil)
        #expect(letters.count == 1 && letters.first?.value == huge)
    }

    @Test("A broker that goes away and comes back loses nothing")
    func brokerOutage() throws {
        let stream = try TestStream()
        let samples = stream.samples(0..<600)
        let configuration = try stream.configuration()
        let service = RunningService(configuration)
        try stream.send(samples[..<300].map(TestStream.json))
        _ = try stream.predictions(100)
        try stream.broker.takeDown()
        #expect(eventually { service.log.contains { $0.contains("consumer: ") } || service.hasEnded })
        try stream.broker.bringUp()
        try stream.send(samples[300...].map(TestStream.json))
        let predictions = try stream.predictions(600)
        #expect(service.stop() == nil)
        #expect(Set(predictions.map(\.sampleID)).count == 600)
    }

    @Test("Outputs that cannot be delivered stop the service before anything is committed")
    func undeliverable() throws {
        let stream = try TestStream()
        let configuration = try stream.configuration { $0.metrics.intervalSeconds = 3_600 }
        try stream.send(stream.samples(0..<60).map(TestStream.json))
        // Not authorised to write: trying again would not help, and librdkafka does not.
        try stream.broker.failNext(1, .produce, code: 29)
        let failure = RunningService(configuration).wait()
        #expect((failure as? KafkaError)?.code == 29, "\(failure.map { "\($0)" } ?? "none")")
        let again = RunningService(configuration)
        #expect(try Set(stream.predictions(60).map(\.sampleID)).count == 60)
        #expect(again.stop() == nil)
    }

    // 47 is INVALID_PRODUCER_EPOCH, 49 INVALID_PRODUCER_ID_MAPPING.
    @Test(
        "A producer whose numbering the broker no longer takes is opened anew, and nothing is lost",
        arguments: [47, 49])
    func numberingLost(code: Int32) throws {
        let stream = try TestStream()
        let configuration = try stream.configuration()
        try stream.send(stream.samples(0..<60).map(TestStream.json))
        try stream.broker.failNext(1, .produce, code: code)
        let service = RunningService(configuration)
        #expect(try Set(stream.predictions(60).map(\.sampleID)).count == 60)
        #expect(service.stop() == nil)
    }

    @Test("Records that were deleted before they were read are counted, and the stream goes on")
    func retention() throws {
        let stream = try TestStream()
        let configuration = try stream.configuration()
        try stream.send(stream.samples(0..<100).map(TestStream.json))
        let service = RunningService(configuration)
        _ = try stream.predictions(100)
        #expect(service.stop() == nil)
        // Ten mebibytes push the oldest out of a partition that keeps five.
        var random = [UInt8](repeating: 0, count: 100_000)
        for index in random.indices { random[index] = UInt8.random(in: 0...255) }
        try stream.send((0..<110).map { _ in .init(value: random) })
        try stream.send(stream.samples(100..<200).map(TestStream.json))
        let again = RunningService(try stream.configuration { $0.errors.tolerance = 1 })
        let predictions = try stream.predictions(200)
        #expect(again.stop() == nil)
        #expect(predictions.count == 200 && predictions.last?.sampleID == "id-199")
        #expect(again.reports.last?.number(.recordsLost) ?? 0 > 0)
    }
}
