import Foundation
import Kafka
import Synchronization

/// Reads a topic's partitions on a thread of its own, from their beginnings, read-committed.
final class TopicReader: Sendable {
    /// One record.
    struct Entry: Sendable {
        let key: [UInt8]?
        let value: [UInt8]
        let headers: [Header]
        let offset: Int64

        /// The last header of a name, as text.
        func header(_ name: String) -> String? {
            headers.last { $0.name == name }?.value.map { String(decoding: $0, as: UTF8.self) }
        }
    }

    private let entries = Mutex<[Entry]>([])
    private let isStopped = Atomic(false)
    private let finished = DispatchSemaphore(value: 0)
    private let onEntry: @Sendable (Entry) -> Void

    /// Begins to read.
    ///
    /// - Parameter onEntry: told each record, on the reader's thread.
    init(_ topic: String, partitions: Int = 1, onEntry: @escaping @Sendable (Entry) -> Void = { _ in }) {
        self.onEntry = onEntry
        Thread { [self] in
            read((0..<partitions).map { TopicPartitionOffset(topic: topic, partition: Int32($0), offset: 0) })
            finished.signal()
        }.start()
    }

    private func read(_ places: [TopicPartitionOffset]) {
        guard
            let consumer = try? Consumer(properties: [
                "bootstrap.servers": Cluster.brokers, "group.id": Cluster.uniqueName("reader"),
                "auto.offset.reset": "earliest", "isolation.level": "read_committed",
                "fetch.wait.max.ms": "50", "fetch.message.max.bytes": "4000000",
            ]), (try? consumer.assign(places)) != nil
        else { return }
        while !isStopped.load(ordering: .relaxed),
            let batch = try? consumer.poll(maximum: 10_000, timeoutMilliseconds: 20)
        {
            for number in 0..<batch.count {
                let record = batch[number]
                let entry = Entry(
                    key: record.key.map(Array.init), value: record.value.map(Array.init) ?? [],
                    headers: record.headers(), offset: record.offset)
                onEntry(entry)
                entries.withLock { $0.append(entry) }
            }
            _ = consumer.takeEvents()
        }
        consumer.close()
    }

    /// What was read so far.
    var all: [Entry] { entries.withLock { $0 } }

    /// Ends it.
    func stop() {
        guard !isStopped.exchange(true, ordering: .relaxed) else { return }
        finished.wait()
    }
}
