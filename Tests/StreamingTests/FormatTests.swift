import Foundation
import Kafka
import Messages
import Streaming
import Synchronization
import TestSupport
import Testing

/// State that earlier versions wrote: it stays in Fixtures for good, a folder a format.
@Suite(.waiting) struct FormatTests {
    private static let fixtures = Bundle.module.resourceURL?.appendingPathComponent("Fixtures")

    /// A broker with the records of a fixture at their offsets, and a copy of its state.
    private final class Past {
        let broker: EmbeddedBroker
        let folder: String

        init(_ name: String) throws {
            folder =
                FileManager.default.temporaryDirectory.appendingPathComponent(
                    "weir-past-\(UUID().uuidString)"
                ).path
            let fixture = try #require(FormatTests.fixtures).appendingPathComponent(name)
            try FileManager.default.createDirectory(
                atPath: "\(folder)/state", withIntermediateDirectories: true)
            for file in try FileManager.default.contentsOfDirectory(atPath: fixture.path) {
                let isState = file.hasPrefix("snapshot-") || file.hasPrefix("journal-")
                try FileManager.default.copyItem(
                    atPath: fixture.appendingPathComponent(file).path,
                    toPath: "\(folder)/\(isState ? "state/" : "")\(file)")
            }
            broker = try EmbeddedBroker(topics: [
                (name: "weir.fixture.samples", partitions: 2), (name: "weir.fixture.frames", partitions: 2),
                (name: "weir.fixture.predictions", partitions: 1),
                (name: "weir.fixture.metrics", partitions: 1), (name: "weir.fixture.dlq", partitions: 1),
            ])
            try send(
                String(contentsOfFile: "\(folder)/records.txt", encoding: .utf8),
                to: configuration().inputTopic)
        }

        deinit {
            broker.stop()
            try? FileManager.default.removeItem(atPath: folder)
        }

        /// Lines of partition, offset, time and value.
        private func send(_ lines: String, to topic: String) throws {
            let records = lines.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 3) }
            let producer = try Producer(properties: ["bootstrap.servers": broker.bootstrapServers]) { _ in }
            for record in records.sorted(by: {
                (Int($0[0]) ?? 0, Int($0[1]) ?? 0) < (Int($1[0]) ?? 0, Int($1[1]) ?? 0)
            }) {
                try producer.send(
                    topic: topic, partition: Int32(record[0]), key: nil,
                    value: Array(record[3].utf8), timestampMilliseconds: Int64(record[2]))
            }
            try producer.flush(timeoutMilliseconds: 30_000)
            producer.close()
        }

        func configuration() throws -> Configuration {
            var configuration = try Configuration(file: "\(folder)/weir.yaml", environment: [:])
            configuration.brokers = broker.bootstrapServers
            configuration.kafka = EmbeddedBroker.clientProperties
            configuration.snapshots.folder = "\(folder)/state"
            if configuration.hasFrames {
                configuration.frames.weights = "\(folder)/\(configuration.frames.weights)"
            }
            return configuration
        }
    }

    @Test("A snapshot and a journal of format 2 are taken over, to the bits that version went on to")
    func format2() throws {
        let past = try Past("format-2")
        let configuration = try past.configuration()
        let restored = try #require(try newestSnapshot(configuration))
        #expect(
            restored.manifest.positions == [
                TopicPartition(topic: "weir.fixture.samples", partition: 0): 150,
                TopicPartition(topic: "weir.fixture.samples", partition: 1): 150,
            ])
        #expect(
            try restored.learner().learnedHash()
                == "20e15103e4860bea358470f00efbc7781c0c81606c46a48af783a3335b824c51")
        let service = RunningService(configuration)
        // The journal's records, which were not committed, are answered.
        #expect(eventually { service.reports.last?.recordCount == 400 || service.hasEnded })
        #expect(service.stop() == nil)
        let written = try #require(try newestSnapshot(configuration))
        #expect(written.manifest.format == Snapshot.Manifest.currentFormat)
        #expect(
            try written.learner().learnedHash()
                == "480855b24ba1616ba9a7c98ecb6c4545649c80cd5bfef028b6f4f3f5e4e11a4d")
        #expect(
            try written.learner().memory.frozenHash()
                == "5d5fddccea58ea24a7966c741d894b842504c5bff5259dd31e8675eb9ca26e39")
    }

    /// Predictions by their samples, without what earlier versions tell otherwise or not at all: id and revision, and
    /// without the time they took.
    private func contents(_ predictions: [[UInt8]]) throws -> [String: Prediction] {
        var contents: [String: Prediction] = [:]
        for bytes in predictions {
            var prediction = try bytes.withUnsafeBytes { bytes throws(Rejection) in
                try Prediction(json: bytes)
            }
            prediction.durationMicroseconds = 0
            prediction.model.revision = 0
            prediction.id = ""
            #expect(contents.updateValue(prediction, forKey: prediction.sampleID) == nil, "answered twice")
        }
        return contents
    }

    /// A prediction of an earlier version as this one writes it.
    private func inThePresentForm(_ prediction: String) -> String {
        // All of the fixtures are answered.
        prediction.replacing(#","label":"#, with: #","outcome":"answered","label":"#, maxReplacements: 1)
            .replacing(#""version":"#, with: #""revision":0,"traces_learned":"#, maxReplacements: 1)
    }

    /// What scripts/make-format-fixtures made: the records that came after the snapshot stand in the journal, and were
    /// answered by the version that wrote it.
    @Test(
        "Every kind of stream goes on from a snapshot and a journal of an earlier format with the answers of that version",
        arguments: [
            "2-frames-memory", "2-frames-network", "2-sgd", "2-half-life",
            "3-samples", "3-frames-memory", "3-frames-network", "3-sgd", "3-half-life",
        ])
    func answers(format: String) throws {
        let past = try Past("format-\(format)")
        let expected = try contents(
            String(contentsOfFile: "\(past.folder)/predictions.txt", encoding: .utf8)
                .split(separator: "\n").map { Array(inThePresentForm(String($0)).utf8) })
        #expect(expected.count > 40)
        let configuration = try past.configuration()
        let collector = TopicCollector(configuration.topics.predictions, broker: past.broker)
        let service = RunningService(configuration)
        collector.wait(for: expected.count)
        #expect(service.stop() == nil)
        let answers = try contents(collector.stop().compactMap(\.value))
        #expect(Set(answers.keys) == Set(expected.keys))
        for (id, prediction) in expected { #expect(answers[id] == prediction) }
        let written = try #require(try newestSnapshot(configuration))
        #expect(written.manifest.format == Snapshot.Manifest.currentFormat)
    }

    @Test("A state that has no identity yet has the same at each start: its answers have the same ids")
    func identity() throws {
        func identifiers() throws -> [String: String] {
            let past = try Past("format-3-half-life")
            let configuration = try past.configuration()
            let collector = TopicCollector(configuration.topics.predictions, broker: past.broker)
            let service = RunningService(configuration)
            collector.wait(for: 40)
            #expect(service.stop() == nil)
            return try collector.stop().compactMap(\.value).reduce(into: [:]) { ids, bytes in
                let prediction = try bytes.withUnsafeBytes { bytes throws(Rejection) in
                    try Prediction(json: bytes)
                }
                ids[prediction.sampleID] = prediction.id
            }
        }
        let (first, second) = (try identifiers(), try identifiers())
        #expect(first == second && Set(first.values).count >= 40)
    }
}
