import CRdKafka
import Foundation
import Kafka

/// What an operator does to a cluster. Weir itself never does, so its own client cannot.
final class AdminClient {
    private let client: OpaquePointer

    init(brokers: String = Cluster.brokers) throws {
        client = try makeClient(RD_KAFKA_PRODUCER, ["bootstrap.servers": brokers])
    }

    deinit { rd_kafka_destroy(client) }

    /// Makes a topic, and waits until its partitions have leaders.
    ///
    /// - Parameters:
    ///   - copies: how many brokers keep it; as many as the cluster says when nil.
    ///   - settings: of the topic, as `retention.ms`.
    func createTopic(
        _ topic: String, partitions: Int = 1, copies: Int? = nil, settings: [String: String] = [:]
    ) throws {
        var text = [CChar](repeating: 0, count: 512)
        var new = rd_kafka_NewTopic_new(topic, Int32(partitions), Int32(copies ?? -1), &text, text.count)
        defer { rd_kafka_NewTopic_destroy(new) }
        for (name, value) in settings { rd_kafka_NewTopic_set_config(new, name, value) }
        try ask("creating \(topic)", RD_KAFKA_ADMIN_OP_CREATETOPICS, faults: Self.topicFaults) {
            rd_kafka_CreateTopics(client, &new, 1, $0, $1)
        }
        try wait("\(topic) has its leaders") { try leaders(of: topic).count == partitions }
    }

    /// Deletes a topic, and waits until the cluster does not know it.
    func deleteTopic(_ topic: String) throws {
        var name = rd_kafka_DeleteTopic_new(topic)
        defer { rd_kafka_DeleteTopic_destroy(name) }
        try ask("deleting \(topic)", RD_KAFKA_ADMIN_OP_DELETETOPICS, faults: Self.deletionFaults) {
            rd_kafka_DeleteTopics(client, &name, 1, $0, $1)
        }
        try wait("\(topic) is gone") { try leaders(of: topic).isEmpty }
    }

    /// Gives a topic more partitions.
    func createPartitions(of topic: String, total: Int) throws {
        var text = [CChar](repeating: 0, count: 512)
        var new = rd_kafka_NewPartitions_new(topic, total, &text, text.count)
        defer { rd_kafka_NewPartitions_destroy(new) }
        try ask("adding partitions", RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, faults: Self.partitionFaults) {
            rd_kafka_CreatePartitions(client, &new, 1, $0, $1)
        }
        try wait("\(topic) has \(total) partitions") { try leaders(of: topic).count == total }
    }

    /// Deletes the records before an offset, as retention does.
    func deleteRecords(of place: TopicPartition, before offset: Int64) throws {
        let list = rd_kafka_topic_partition_list_new(1)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        rd_kafka_topic_partition_list_add(list, place.topic, place.partition).pointee.offset = offset
        var request = rd_kafka_DeleteRecords_new(list)
        defer { rd_kafka_DeleteRecords_destroy(request) }
        try ask("deleting records", RD_KAFKA_ADMIN_OP_DELETERECORDS) {
            rd_kafka_DeleteRecords(client, &request, 1, $0, $1)
        }
    }

    /// By partition the broker that leads it. Empty when there is no such topic; those without a leader are absent.
    func leaders(of topic: String) throws -> [Int32: Int32] {
        var answer: UnsafePointer<rd_kafka_metadata>?
        // All topics: to ask for one by name makes it on some clusters.
        try check(rd_kafka_metadata(client, 1, nil, &answer, 10_000), "asking for metadata")
        guard let answer else { return [:] }
        defer { rd_kafka_metadata_destroy(answer) }
        var leaders: [Int32: Int32] = [:]
        for each in UnsafeBufferPointer(start: answer.pointee.topics, count: Int(answer.pointee.topic_cnt))
        where String(cString: each.topic) == topic {
            for partition in UnsafeBufferPointer(start: each.partitions, count: Int(each.partition_cnt))
            where partition.leader >= 0 {
                leaders[partition.id] = partition.leader
            }
        }
        return leaders
    }

    private func wait(_ what: String, _ isSo: () throws -> Bool) throws {
        for _ in 0..<300 {
            if (try? isSo()) == true { return }
            usleep(100_000)
        }
        throw ClusterError("in 30 s it has not come to be that \(what)")
    }

    /// The faults that an answer tells of single topics.
    private typealias Faults = (OpaquePointer) -> [(code: rd_kafka_resp_err_t, text: String)]

    private func ask(
        _ what: String, _ operation: rd_kafka_admin_op_t, faults: Faults = { _ in [] },
        _ send: (OpaquePointer?, OpaquePointer?) -> Void
    ) throws {
        let options = rd_kafka_AdminOptions_new(client, operation)
        defer { rd_kafka_AdminOptions_destroy(options) }
        var text = [CChar](repeating: 0, count: 512)
        rd_kafka_AdminOptions_set_request_timeout(options, 30_000, &text, text.count)
        rd_kafka_AdminOptions_set_operation_timeout(options, 25_000, &text, text.count)
        let answers = rd_kafka_queue_new(client)
        defer { rd_kafka_queue_destroy(answers) }
        send(options, answers)
        guard let event = rd_kafka_queue_poll(answers, 40_000) else {
            throw ClusterError("\(what): no answer")
        }
        defer { rd_kafka_event_destroy(event) }
        try check(rd_kafka_event_error(event), what)
        for fault in faults(event) where fault.code != RD_KAFKA_RESP_ERR_NO_ERROR {
            throw ClusterError("\(what): \(fault.text)")
        }
    }

    private static func topicFaults(_ event: OpaquePointer) -> [(code: rd_kafka_resp_err_t, text: String)] {
        var count = 0
        return list(
            rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count), count)
    }

    private static func deletionFaults(_ event: OpaquePointer) -> [(code: rd_kafka_resp_err_t, text: String)]
    {
        var count = 0
        return list(
            rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count), count)
    }

    private static func partitionFaults(_ event: OpaquePointer) -> [(code: rd_kafka_resp_err_t, text: String)]
    {
        var count = 0
        let result = rd_kafka_event_CreatePartitions_result(event)
        return list(rd_kafka_CreatePartitions_result_topics(result, &count), count)
    }

    private static func list(
        _ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int
    ) -> [(code: rd_kafka_resp_err_t, text: String)] {
        UnsafeBufferPointer(start: results, count: results == nil ? 0 : count).map { result in
            (
                rd_kafka_topic_result_error(result),
                rd_kafka_topic_result_error_string(result).map { String(cString: $0) } ?? ""
            )
        }
    }
}

/// Opens a client of librdkafka.
func makeClient(_ type: rd_kafka_type_t, _ properties: [String: String]) throws -> OpaquePointer {
    let configuration = rd_kafka_conf_new()
    rd_kafka_conf_set_log_cb(configuration, nil)
    var text = [CChar](repeating: 0, count: 512)
    func said() -> String {
        String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
    for (name, value) in properties {
        guard rd_kafka_conf_set(configuration, name, value, &text, text.count) == RD_KAFKA_CONF_OK else {
            rd_kafka_conf_destroy(configuration)
            throw ClusterError(said())
        }
    }
    guard let client = rd_kafka_new(type, configuration, &text, text.count) else {
        rd_kafka_conf_destroy(configuration)
        throw ClusterError(said())
    }
    return client
}

/// Throws what librdkafka returned, if it is an error.
func check(_ code: rd_kafka_resp_err_t, _ what: String) throws {
    guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
    throw ClusterError("\(what): \(String(cString: rd_kafka_err2str(code)))")
}

/// Throws and frees an error object, if there is one.
func check(_ error: OpaquePointer?, _ what: String) throws {
    guard let error else { return }
    defer { rd_kafka_error_destroy(error) }
    throw ClusterError("\(what): \(String(cString: rd_kafka_error_string(error)))")
}
