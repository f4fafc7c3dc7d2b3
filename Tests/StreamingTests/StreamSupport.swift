import Foundation
import Kafka
import KafkaStreaming
import Log
import Messages
import Streaming
import Synchronization
import Tensors
import TestSupport

/// A broker with the topics of a stream.
final class TestStream {
    let broker: EmbeddedBroker
    let folder: String
    let name = "s"
    let dimension = 8

    init(partitions: Int = 1) throws {
        broker = try EmbeddedBroker(topics: [
            (name: "weir.s.samples", partitions: partitions), (name: "weir.s.frames", partitions: partitions),
            (name: "weir.s.predictions", partitions: 1),
            (name: "weir.s.metrics", partitions: 1), (name: "weir.s.dlq", partitions: 1),
        ])
        folder =
            FileManager.default.temporaryDirectory.appendingPathComponent("weir-test-\(UUID().uuidString)")
            .path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        broker.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// A small, quick stream.
    func configuration(_ change: (inout Configuration) -> Void = { _ in }) throws -> Configuration {
        var configuration = Configuration()
        configuration.stream = name
        configuration.brokers = broker.bootstrapServers
        configuration.dimension = dimension
        configuration.memory.codebooks = 8
        configuration.memory.keys = 16
        configuration.memory.keyDimension = 4
        configuration.ensemble.features = 64
        configuration.keys.samples = 50
        configuration.kafka = EmbeddedBroker.clientProperties
        configuration.kafka["linger.ms"] = "1"
        configuration.snapshots.folder = "\(folder)/state"
        configuration.snapshots.intervalSeconds = 0.3
        configuration.metrics.intervalSeconds = 0.5
        change(&configuration)
        return try configuration.completed()
    }

    /// Labelled samples of a mixture with five classes.
    func samples(_ numbers: Range<Int>, seed: UInt64 = 1) -> [Sample] {
        numbers.map { number in
            var random = RandomGenerator(seed: seed &* 1_000_003 &+ UInt64(number))
            let label = random.below(5)
            let features = (0..<dimension).map { Float($0 == label ? 4 : 0) + Float(random.normal()) }
            return Sample(
                id: "id-\(number)", features: features, label: number % 7 == 0 ? nil : "label \(label)")
        }
    }

    /// What a producer puts on the topic.
    struct Message {
        var value: [UInt8]?
        var key: [UInt8]? = nil
        var headers: [Header] = []
        var timestamp: Int64?
    }

    static func json(_ sample: Sample) -> Message {
        var bytes: [UInt8] = []
        sample.encodeJSON(into: &bytes)
        return Message(value: bytes, key: Array(sample.id.utf8))
    }

    static func protobuf(_ sample: Sample) throws -> Message {
        Message(
            value: try sample.encodeProtobuf(), key: Array(sample.id.utf8),
            headers: [Header(name: "content-type", text: "application/x-protobuf")])
    }

    /// Sends messages, in order if there is one partition.
    func send(_ messages: [Message], partitions: Int = 1, topic: String = "weir.s.samples") throws {
        let failure = Mutex<KafkaError?>(nil)
        let producer = try Producer(properties: [
            "bootstrap.servers": broker.bootstrapServers, "linger.ms": "1", "message.max.bytes": "4000000",
        ]) { report in
            if let error = report.error { failure.withLock { $0 = error } }
        }
        for (index, message) in messages.enumerated() {
            try producer.send(
                topic: topic, partition: Int32(index % partitions), key: message.key,
                value: message.value, headers: message.headers, timestampMilliseconds: message.timestamp)
        }
        try producer.flush(timeoutMilliseconds: 30_000)
        producer.close()
        if let error = failure.withLock({ $0 }) { throw error }
    }

    /// Reads a topic's only partition from its beginning, until a condition holds or time is up.
    func read(_ topic: String, until isEnough: ([Output]) -> Bool) throws -> [Output] {
        var properties = EmbeddedBroker.clientProperties
        properties["bootstrap.servers"] = broker.bootstrapServers
        properties["group.id"] = "test-reader"
        let consumer = try Consumer(properties: properties)
        defer { consumer.close() }
        try consumer.assign([TopicPartitionOffset(topic: topic, partition: 0, offset: 0)])
        var outputs: [Output] = []
        // Long enough for a busy machine.
        let deadline = ContinuousClock.now + .seconds(60)
        while !isEnough(outputs), ContinuousClock.now < deadline {
            let batch = try consumer.poll(maximum: 10_000, timeoutMilliseconds: 50)
            for index in 0..<batch.count {
                outputs.append(
                    Output(
                        key: batch[index].key.map(Array.init), value: batch[index].value.map(Array.init),
                        headers: batch[index].headers()))
            }
        }
        return outputs
    }

    /// The offset after the newest record of a topic's only partition.
    func end(of topic: String) throws -> Int64 {
        var properties = EmbeddedBroker.clientProperties
        properties["bootstrap.servers"] = broker.bootstrapServers
        properties["group.id"] = "test-reader"
        let consumer = try Consumer(properties: properties)
        defer { consumer.close() }
        return try consumer.watermarks(
            of: TopicPartition(topic: topic, partition: 0), timeoutMilliseconds: 30_000
        ).high
    }

    /// The predictions so far, at least so many.
    func predictions(_ count: Int, topic: String = "weir.s.predictions") throws -> [Prediction] {
        try read(topic) { $0.count >= count }.map { output in
            try (output.value ?? []).withUnsafeBytes { bytes throws(Rejection) in try Prediction(json: bytes)
            }
        }
    }
}

/// A record that the service wrote.
struct Output {
    let key: [UInt8]?
    let value: [UInt8]?
    let headers: [Header]
}

/// A service on a thread of its own.
final class RunningService: Sendable {
    private let stopFlag = StopFlag()
    private let finished = DispatchSemaphore(value: 0)
    private struct State {
        var failure: (any Error)?
        var reports: [MetricsMessage] = []
        var log: [String] = []
        var hasEnded = false
    }

    private let state = Mutex(State())

    init(_ configuration: Configuration) {
        let thread = Thread { [self] in
            do {
                try StreamLoop(
                    configuration: configuration,
                    logger: Logger(label: "weir") { line in
                        self.state.withLock { $0.log.append(line.message) }
                    },
                    stop: stopFlag
                ) { report in self.state.withLock { $0.reports.append(report) } }.run()
            } catch {
                state.withLock { $0.failure = error }
            }
            state.withLock { $0.hasEnded = true }
            finished.signal()
        }
        thread.start()
    }

    /// The metrics published so far.
    var reports: [MetricsMessage] { state.withLock { $0.reports } }

    /// What it said so far.
    var log: [String] { state.withLock { $0.log } }

    /// Whether it has ended, by itself or as it was asked to: nothing more comes of it.
    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// Asks it to stop and waits; gives the fault it ended with.
    @discardableResult
    func stop() -> (any Error)? {
        stopFlag.set()
        return wait()
    }

    /// Waits until it ends by itself; gives the fault it ended with.
    func wait(seconds: Double = 60) -> (any Error)? {
        guard finished.wait(timeout: .now() + seconds) == .success else {
            return StateError("the service did not end")
        }
        return state.withLock { $0.failure }
    }
}

/// The newest snapshot of a folder.
func newestSnapshot(_ configuration: Configuration) throws -> Snapshot? {
    try SnapshotStore(folder: configuration.snapshots.folder, keep: 10).newest { _, _ in }
}
