import CRdKafka

/// librdkafka's list of partitions, freed with the value.
struct PartitionList: ~Copyable {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(owning pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) {
        self.pointer = pointer
    }

    init(_ partitions: [TopicPartition]) {
        pointer = rd_kafka_topic_partition_list_new(Int32(partitions.count))
        for each in partitions { rd_kafka_topic_partition_list_add(pointer, each.topic, each.partition) }
    }

    init(_ positions: [TopicPartitionOffset]) {
        pointer = rd_kafka_topic_partition_list_new(Int32(positions.count))
        for each in positions {
            rd_kafka_topic_partition_list_add(pointer, each.topic, each.partition).pointee.offset =
                each.offset
        }
    }

    deinit { rd_kafka_topic_partition_list_destroy(pointer) }

    var partitions: [TopicPartition] { Self.partitions(of: pointer) }

    /// Throws the error of the first partition that has one.
    func check(_ action: String) throws { try Self.check(pointer, action) }

    static func check(
        _ list: UnsafePointer<rd_kafka_topic_partition_list_t>, _ action: String
    ) throws {
        for each in elements(of: list) where each.err != RD_KAFKA_RESP_ERR_NO_ERROR {
            throw KafkaError(each.err, "\(action) \(String(cString: each.topic))[\(each.partition)]")
        }
    }

    static func elements(
        of list: UnsafePointer<rd_kafka_topic_partition_list_t>
    ) -> UnsafeBufferPointer<rd_kafka_topic_partition_t> {
        UnsafeBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt))
    }

    static func partitions(of list: UnsafePointer<rd_kafka_topic_partition_list_t>) -> [TopicPartition] {
        elements(of: list).map { TopicPartition(topic: String(cString: $0.topic), partition: $0.partition) }
    }
}
