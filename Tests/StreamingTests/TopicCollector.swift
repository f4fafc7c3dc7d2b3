import Foundation
import Kafka
import Synchronization

/// Reads the only partition of a topic on a thread of its own from now on, so that nothing falls out of the
/// embedded broker's retention.
final class TopicCollector: Sendable {
    private let outputs = Mutex<[Output]>([])
    private let isStopped = Atomic(false)
    private let finished = DispatchSemaphore(value: 0)

    init(_ topic: String, broker: EmbeddedBroker) {
        let bootstrap = broker.bootstrapServers
        Thread { [self] in
            var properties = EmbeddedBroker.clientProperties
            properties["bootstrap.servers"] = bootstrap
            properties["group.id"] = "collector-\(topic)"
            if let consumer = try? Consumer(properties: properties) {
                try? consumer.assign([TopicPartitionOffset(topic: topic, partition: 0, offset: 0)])
                while !isStopped.load(ordering: .relaxed),
                    let batch = try? consumer.poll(maximum: 10_000, timeoutMilliseconds: 20)
                {
                    let read = (0..<batch.count).map {
                        Output(
                            key: batch[$0].key.map(Array.init), value: batch[$0].value.map(Array.init),
                            headers: batch[$0].headers())
                    }
                    outputs.withLock { $0 += read }
                }
                consumer.close()
            }
            finished.signal()
        }.start()
    }

    /// What was read so far.
    var outputsSoFar: [Output] { outputs.withLock { $0 } }

    var count: Int { outputs.withLock { $0.count } }

    /// Waits for so many outputs, or until time is up.
    func wait(for count: Int, seconds: Double = 30) {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while self.count < count, .now < deadline { Thread.sleep(forTimeInterval: 0.01) }
    }

    /// Stops and gives all that was read.
    func stop() -> [Output] {
        isStopped.store(true, ordering: .relaxed)
        finished.wait()
        return outputs.withLock { $0 }
    }
}
