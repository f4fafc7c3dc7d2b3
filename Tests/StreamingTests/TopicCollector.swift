import Foundation
import Kafka
import Synchronization
import TestSupport

/// Reads the only partition of a topic on a thread of its own from now on, so that nothing falls out of the
/// embedded broker's retention.
final class TopicCollector: Sendable {
    private let outputs = Mutex<(all: [Output], keys: Set<[UInt8]>)>(([], []))
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
                    outputs.withLock {
                        $0.all += read
                        $0.keys.formUnion(read.compactMap(\.key))
                    }
                }
                consumer.close()
            }
            finished.signal()
        }.start()
    }

    /// How much was read so far.
    var count: Int { outputs.withLock { $0.all.count } }

    /// The different keys of what was read so far.
    var keys: Set<[UInt8]> { outputs.withLock { $0.keys } }

    /// Waits for so many outputs.
    func wait(for count: Int) { eventually { self.count >= count } }

    /// Stops and gives all that was read.
    func stop() -> [Output] {
        isStopped.store(true, ordering: .relaxed)
        finished.wait()
        return outputs.withLock { $0.all }
    }
}
