import CRdKafka
import Foundation
import Kafka

/// A producer whose records count only when it says so in the end.
final class TransactionalProducer {
    private let client: OpaquePointer

    /// Opens one, which may take seconds on a cluster that has had no transaction yet.
    init(brokers: String = Cluster.brokers) throws {
        client = try makeClient(
            RD_KAFKA_PRODUCER,
            [
                "bootstrap.servers": brokers, "transactional.id": Cluster.uniqueName("transactions"),
                "transaction.timeout.ms": "120000", "linger.ms": "0",
            ])
        do {
            try check(rd_kafka_init_transactions(client, 60_000), "beginning with transactions")
        } catch {
            rd_kafka_destroy(client)
            throw error
        }
    }

    deinit { rd_kafka_destroy(client) }

    /// Begins a transaction.
    func begin() throws { try check(rd_kafka_begin_transaction(client), "beginning a transaction") }

    /// Sends records within the transaction, and waits until they lie in the log.
    func send(_ values: [[UInt8]], to place: TopicPartition) throws {
        for value in values {
            let code = value.withUnsafeBytes {
                crk_produce(
                    client, place.topic, place.partition, nil, -1, $0.baseAddress, $0.count, nil, 0, nil)
            }
            try check(code, "sending to \(place)")
        }
        try check(rd_kafka_flush(client, 30_000), "flushing")
    }

    /// Makes the transaction's records count.
    func commit() throws { try check(rd_kafka_commit_transaction(client, 60_000), "committing") }

    /// Makes the transaction's records not count.
    func abort() throws { try check(rd_kafka_abort_transaction(client, 60_000), "aborting") }
}
