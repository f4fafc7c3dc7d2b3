import Dispatch
import Foundation
import Kafka
import KafkaStreaming
import Log
import Messages
import Streaming

/// The stream of a demo, all in this process: a broker in memory, the service on a thread of its own, and a reader of
/// its answers on another.
///
/// Make one, ``start()`` it, ``produce(_:paced:rate:progress:next:)`` records, then ``finish(answers:)``; whatever
/// happens, ``close()`` at the end.
final class DemoHarness<Key: Hashable & Sendable>: Sendable {
    /// What was answered.
    struct Answer: Sendable {
        let label: String
        let confidence: Float
        let isWarming: Bool
    }

    /// What the other threads tell the one that draws.
    struct State: Sendable {
        var report: MetricsMessage?
        var failure: (any Error)?
        var answers: [Key: Answer] = [:]
    }

    let configuration: Configuration
    private let broker: EmbeddedBroker
    private let folder: String
    private let key: @Sendable (Prediction) -> Key?
    private let shared = SharedState(State())
    private let serviceStop = StopFlag()
    private let readerStop = StopFlag()
    /// Those of the service and the reader.
    private let threads = DispatchGroup()
    /// Whether to draw how far it is.
    private let isShown: Bool

    /// Starts the broker, and completes the configuration, whose folder is there already.
    ///
    /// - Parameters:
    ///   - input: the part of the input topic's name behind the stream's, with its partitions.
    ///   - isQuiet: whether nothing is to be drawn.
    ///   - configure: adds to the configuration; told the demo's folder, which ``close()`` removes.
    ///   - key: what an answer is known by; nil for one that does not matter.
    init(
        stream: String, input: (name: String, partitions: Int), isQuiet: Bool,
        configure: (inout Configuration, String) throws -> Void, key: @escaping @Sendable (Prediction) -> Key?
    ) throws {
        self.key = key
        isShown = !isQuiet && Terminal.isInteractive
        folder =
            FileManager.default.temporaryDirectory.appendingPathComponent(
                "weir-demo-\(ProcessInfo.processInfo.processIdentifier)"
            ).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        do {
            broker = try EmbeddedBroker(
                topics: [(name: "weir.\(stream).\(input.name)", partitions: input.partitions)]
                    + ["predictions", "metrics", "dlq"].map {
                        (name: "weir.\(stream).\($0)", partitions: 1)
                    })
            var configuration = Configuration()
            configuration.stream = stream
            configuration.brokers = broker.bootstrapServers
            configuration.metrics.intervalSeconds = 0.25
            configuration.snapshots.folder = "\(folder)/state"
            configuration.kafka = EmbeddedBroker.clientProperties
            try configure(&configuration, folder)
            self.configuration = try configuration.completed()
        } catch {
            try? FileManager.default.removeItem(atPath: folder)
            throw error
        }
    }

    /// Stops the broker and removes the folder.
    func close() {
        // After a fault they may still run, and nothing may be taken away below them.
        serviceStop.set()
        readerStop.set()
        _ = threads.wait(timeout: .now() + .seconds(StopDeadline.seconds))
        broker.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Starts the service and the reader.
    func start() {
        threads.enter()
        threads.enter()
        Thread { [self] in
            do {
                let logger = Logger(label: "weir", level: .error)
                try StreamLoop(configuration: configuration, logger: logger, stop: serviceStop) { message in
                    self.shared.change { $0.report = message }
                }.run()
            } catch {
                shared.change { $0.failure = error }
            }
            shared.finish()
            threads.leave()
        }.start()
        Thread { [self] in
            do { try read() } catch { shared.change { $0.failure = $0.failure ?? error } }
            shared.finish()
            threads.leave()
        }.start()
    }

    /// Collects the answers from the predictions topic, as any consumer would.
    private func read() throws {
        var properties = configuration.consumerProperties
        properties["group.id"] = "weir-demo-reader"
        let consumer = try Consumer(properties: properties)
        defer { consumer.close() }
        try consumer.assign([
            TopicPartitionOffset(topic: configuration.topics.predictions, partition: 0, offset: 0)
        ])
        while !readerStop.isSet {
            let batch = try consumer.poll(maximum: 1_000, timeoutMilliseconds: 20)
            for index in 0..<batch.count {
                guard let bytes = batch[index].value else { continue }
                let prediction = try Prediction(json: bytes)
                guard let key = key(prediction) else { continue }
                let answer = Answer(
                    label: prediction.label ?? "", confidence: prediction.confidence,
                    isWarming: prediction.frame?.isWarming ?? false)
                shared.change { $0.answers[key] = answer }
            }
        }
    }

    /// Sends records to the input topic.
    ///
    /// - Parameters:
    ///   - count: how many there are.
    ///   - paced: how many of them, from the first on, are sent at the rate, the others at once.
    ///   - rate: records a second.
    ///   - progress: a line that says how far it is, told how many were sent.
    ///   - next: the key and the value of the next record.
    /// - Throws: what the service or the reader failed with.
    func produce(
        _ count: Int, paced: Int, rate: Double, progress: (Int, State) -> String,
        next: (Int) -> (key: String, value: [UInt8])
    ) throws {
        let producer = try Producer(properties: configuration.producerProperties) { _ in }
        defer { producer.close() }
        let headers = [Header(name: "content-type", text: SampleFormat.json.contentType)]
        let start = ContinuousClock.now
        var drawn = start
        for number in 0..<count {
            let due = start + .seconds(Double(min(number, paced)) / rate)
            while ContinuousClock.now < due { Thread.sleep(forTimeInterval: 0.001) }
            let (key, value) = next(number)
            try producer.send(
                topic: configuration.inputTopic, key: Array(key.utf8), value: value, headers: headers)
            guard drawn.duration(to: .now) > .milliseconds(100) else { continue }
            draw(progress(number + 1, shared.value))
            drawn = .now
            if let failure = shared.value.failure { throw failure }
        }
        try producer.flush(timeoutMilliseconds: 30_000)
        draw(progress(count, shared.value))
        if isShown { try Terminal.line() }
    }

    private func draw(_ line: @autoclosure () -> String) {
        if isShown { Terminal.draw("\(line())") }
    }

    /// Waits until so many records are answered, and stops the service and the reader.
    ///
    /// - Throws: what the service or the reader failed with, or `StreamError` after five minutes.
    func finish(answers due: Int) throws -> State {
        let start = ContinuousClock.now
        while shared.value.answers.count < due {
            if let failure = shared.value.failure { throw failure }
            guard start.duration(to: .now) < .seconds(300) else {
                throw StreamError("\(shared.value.answers.count) of \(due) answers came within 5 minutes")
            }
            Thread.sleep(forTimeInterval: 0.02)
        }
        serviceStop.set()
        shared.wait()
        readerStop.set()
        shared.wait()
        if let failure = shared.value.failure { throw failure }
        return shared.value
    }

    /// A bar of 24 letters.
    static func bar(_ part: Double) -> String {
        let filled = Int(part * 24)
        return String(repeating: "█", count: filled) + String(repeating: "·", count: 24 - filled)
    }
}
