import CRdKafka
import Foundation

/// What librdkafka's callbacks write down. But for those of the log, they run inside `poll`, `commit` and `close`, on the
/// thread that owns the consumer, so nothing here is locked.
final class ConsumerState: ClientState {
    static let eventLimit = 1_000

    private(set) var events: [ConsumerEvent] = []
    /// Partitions taken away since `poll` began to gather a batch.
    var revokedWhileGathering: Set<TopicPartition> = []
    var willAssign: (([TopicPartition]) -> [TopicPartitionOffset])?
    var willRevoke: (([TopicPartition]) -> Void)?
    let statistics = StatisticsReader()

    /// Keeps the newest events: a broker that is down all night must not fill the memory.
    func add(_ event: ConsumerEvent) {
        if events.count >= Self.eventLimit { events.removeFirst() }
        events.append(event)
    }

    func takeEvents() -> [ConsumerEvent] {
        defer { events.removeAll() }
        return events
    }

    static func from(_ opaque: UnsafeMutableRawPointer?) -> ConsumerState? {
        opaque.map { Unmanaged<ConsumerState>.fromOpaque($0).takeUnretainedValue() }
    }

    override func register(in configuration: borrowing Configuration) {
        super.register(in: configuration)
        configuration.set { conf in
            rd_kafka_conf_set_rebalance_cb(conf) { client, code, list, opaque in
                guard let client, let list, let state = ConsumerState.from(opaque) else { return }
                state.rebalance(client, code, list)
            }
            rd_kafka_conf_set_error_cb(conf) { _, code, reason, opaque in
                let code = rd_kafka_resp_err_t(rawValue: code)
                // A fatal error is thrown by the next `poll`.
                guard code != RD_KAFKA_RESP_ERR__FATAL, let state = ConsumerState.from(opaque) else { return }
                let reason = reason.map { String(cString: $0) }
                state.add(.failed(state.faults.error(code, "the consumer's connection", said: reason)))
            }
            rd_kafka_conf_set_stats_cb(conf) { _, json, length, opaque in
                if let json, let state = ConsumerState.from(opaque) {
                    state.statistics.read(Data(bytes: json, count: length))
                }
                return 0  // librdkafka frees the text
            }
        }
    }

    private func rebalance(
        _ client: OpaquePointer, _ code: rd_kafka_resp_err_t,
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    ) {
        let isCooperative = rd_kafka_rebalance_protocol(client).map { String(cString: $0) } == "COOPERATIVE"
        let partitions = PartitionList.partitions(of: list)
        do {
            if code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
                for position in partitions.isEmpty ? [] : willAssign?(partitions) ?? [] {
                    rd_kafka_topic_partition_list_set_offset(
                        list, position.topic, position.partition, position.offset)
                }
                let action = "taking the assigned partitions"
                if isCooperative {
                    try KafkaError.check(rd_kafka_incremental_assign(client, list), action)
                } else {
                    try KafkaError.check(rd_kafka_assign(client, list), action)
                }
                revokedWhileGathering.subtract(partitions)
                if !partitions.isEmpty { add(.assigned(partitions)) }
            } else {
                let isLost = rd_kafka_assignment_lost(client) != 0
                if code != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS {
                    add(.failed(KafkaError(code, "sharing out the partitions of the group")))
                }
                if !isLost && !partitions.isEmpty { willRevoke?(partitions) }
                revokedWhileGathering.formUnion(partitions)
                let action = "giving up the revoked partitions"
                if isCooperative && code == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS {
                    try KafkaError.check(rd_kafka_incremental_unassign(client, list), action)
                } else {
                    try KafkaError.check(rd_kafka_assign(client, nil), action)
                }
                if !partitions.isEmpty { add(isLost ? .lost(partitions) : .revoked(partitions)) }
            }
        } catch let error as KafkaError {
            add(.failed(error))
        } catch {
            // Only KafkaError is thrown above.
        }
    }
}
