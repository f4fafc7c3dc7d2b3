import Foundation
import Kafka
import KafkaStreaming
import Log
import Messages
import Streaming
import Synchronization

/// A stream with everything around it: broker, service, and a reader of the predictions.
///
/// The broker is the one in memory, or a cluster; there the topics of the stream `bench` must exist and be empty.
final class Bench: Sendable {
    /// What the reader sees of each prediction: the record, and when it came.
    typealias OnPrediction = @Sendable (Record, ContinuousClock.Instant) throws -> Void

    let configuration: Configuration
    private let broker: EmbeddedBroker?
    private let folder: String
    private let isEnded = Atomic(false)
    private let stopService = StopFlag()
    private let stopReader = StopFlag()
    private let state = Mutex<(report: MetricsMessage?, failure: (any Error)?)>((nil, nil))
    private let finished = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - brokers: those of a cluster; nil for the one in memory.
    ///   - isServed: whether a service is started; otherwise something else answers.
    init(
        dimension: Int, brokers: String? = nil, isServed: Bool = true, change: (inout Configuration) -> Void,
        onPrediction: @escaping OnPrediction
    ) throws {
        folder =
            FileManager.default.temporaryDirectory.appendingPathComponent(
                "weir-bench-\(ProcessInfo.processInfo.processIdentifier)"
            ).path
        broker =
            brokers == nil
            ? try EmbeddedBroker(topics: [
                (name: "weir.bench.samples", partitions: 4), (name: "weir.bench.frames", partitions: 4),
                (name: "weir.bench.predictions", partitions: 4),
                (name: "weir.bench.metrics", partitions: 1), (name: "weir.bench.dlq", partitions: 1),
            ]) : nil
        var configuration = Configuration()
        configuration.stream = "bench"
        configuration.brokers = brokers ?? broker?.bootstrapServers ?? ""
        configuration.dimension = dimension
        if broker != nil { configuration.kafka = EmbeddedBroker.clientProperties }
        configuration.snapshots.folder = "\(folder)/state"
        configuration.metrics.intervalSeconds = 5
        configuration.snapshots.intervalSeconds = 20
        change(&configuration)
        self.configuration = try configuration.completed()
        if isServed { serve() } else { finished.signal() }
        read(onPrediction)
    }

    private func serve() {
        Thread { [self] in
            do {
                try StreamLoop(
                    configuration: configuration,
                    logger: .silent, stop: stopService
                ) { report in self.state.withLock { $0.report = report } }.run()
            } catch {
                state.withLock { $0.failure = error }
            }
            finished.signal()
        }.start()
    }

    private func read(_ onPrediction: @escaping OnPrediction) {
        Thread { [self] in
            do {
                var properties = configuration.consumerProperties
                properties["group.id"] = "bench-reader"
                let consumer = try Consumer(properties: properties)
                defer { consumer.close() }
                try consumer.assign(
                    (0..<4).map {
                        TopicPartitionOffset(
                            topic: configuration.topics.predictions, partition: $0, offset: 0)
                    })
                while !stopReader.isSet {
                    let batch = try consumer.poll(maximum: 10_000, timeoutMilliseconds: 20)
                    let now = ContinuousClock.now
                    if let error = batch.errors.first { throw error }
                    for index in 0..<batch.count { try onPrediction(batch[index], now) }
                }
            } catch {
                state.withLock { $0.failure = $0.failure ?? error }
            }
            finished.signal()
        }.start()
    }

    /// Reads a prediction in the format of the stream.
    static func prediction(_ record: Record, isProtobuf: Bool = false) throws -> Prediction {
        let bytes = record.value ?? UnsafeRawBufferPointer(start: nil, count: 0)
        return try isProtobuf ? Prediction(protobuf: bytes) : Prediction(json: bytes)
    }

    /// The metrics published last.
    var report: MetricsMessage? { state.withLock { $0.report } }

    /// Throws what went wrong in another thread.
    func check() throws { if let failure = state.withLock({ $0.failure }) { throw failure } }

    /// Stops service and reader and removes the state, the first time. What still ran while the process exits could crash
    /// on what that takes apart.
    func end() throws {
        guard !isEnded.exchange(true, ordering: .relaxed) else { return }
        stopService.set()
        finished.wait()
        stopReader.set()
        finished.wait()
        broker?.stop()
        try? FileManager.default.removeItem(atPath: folder)
        try check()
    }

    /// Resident memory of this process, MiB.
    static func residentMebibytes() -> Double {
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
            .dropFirst().first
        return Double(Int(pages ?? "") ?? 0) * 4_096 / 1_048_576
    }
}

/// Sends at a steady rate: waits until the n-th is due.
struct Pace {
    let perSecond: Double
    private let start = ContinuousClock.now

    init(perSecond: Double) { self.perSecond = perSecond }

    func wait(for number: Int) {
        let due = start + .seconds(Double(number) / perSecond)
        while true {
            let left = ContinuousClock.now.duration(to: due)
            guard left > .zero else { return }
            Thread.sleep(forTimeInterval: max(0.0002, Double(left / .nanoseconds(1)) * 1e-9))
        }
    }
}
