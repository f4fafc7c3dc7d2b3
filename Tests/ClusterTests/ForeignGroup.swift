import Foundation
import Kafka
import Synchronization

/// What others do with Weir's group.
enum ForeignGroup {
    /// Commits for the group as a client that has nothing to do with Weir, as an operator's tool does.
    static func commit(_ group: String, _ offset: Int64, of place: TopicPartition) throws {
        let consumer = try Consumer(properties: ["bootstrap.servers": Cluster.brokers, "group.id": group])
        defer { consumer.close() }
        try consumer.commit([TopicPartitionOffset(place, offset: offset)])
    }

    /// Where the group says it would go on.
    static func committed(_ group: String, _ place: TopicPartition) throws -> Int64? {
        let consumer = try Consumer(properties: ["bootstrap.servers": Cluster.brokers, "group.id": group])
        defer { consumer.close() }
        return try consumer.committed([place], timeoutMilliseconds: 30_000)[place]?.offset
    }

    /// A client that subscribes to a topic as a member of a group, and reads.
    final class Stranger: Sendable {
        private let isStopped = Atomic(false)
        private let hasPartitions = Atomic(false)
        private let finished = DispatchSemaphore(value: 0)

        /// Whether the group has given it partitions.
        var isMember: Bool { hasPartitions.load(ordering: .relaxed) }

        init(_ group: String, topic: String, name: String) {
            Thread { [self] in
                let consumer = try? Consumer(properties: [
                    "bootstrap.servers": Cluster.brokers, "group.id": group, "client.id": name,
                    "auto.offset.reset": "earliest", "session.timeout.ms": "6000",
                ])
                try? consumer?.subscribe([topic])
                while !isStopped.load(ordering: .relaxed),
                    (try? consumer?.poll(maximum: 1_000, timeoutMilliseconds: 100)) != nil
                {
                    if consumer?.assignment.isEmpty == false { hasPartitions.store(true, ordering: .relaxed) }
                }
                consumer?.close()
                finished.signal()
            }.start()
        }

        /// Leaves the group.
        func leave() {
            isStopped.store(true, ordering: .relaxed)
            finished.wait()
        }
    }
}
