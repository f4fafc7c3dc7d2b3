import CRdKafka
import Glibc

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
            let added = rd_kafka_topic_partition_list_add(pointer, each.topic, each.partition)!
            added.pointee.offset = each.offset
            guard let metadata = each.metadata else { continue }
            // The list frees it.
            added.pointee.metadata = UnsafeMutableRawPointer(strdup(metadata))
            added.pointee.metadata_size = metadata.utf8.count
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

    /// The offsets that are known, with what was committed beside them.
    static func positions(
        of list: UnsafePointer<rd_kafka_topic_partition_list_t>
    ) -> [TopicPartition: TopicPartitionOffset] {
        var positions: [TopicPartition: TopicPartitionOffset] = [:]
        for each in elements(of: list) where each.offset >= 0 && each.err == RD_KAFKA_RESP_ERR_NO_ERROR {
            let place = TopicPartition(topic: String(cString: each.topic), partition: each.partition)
            let metadata = each.metadata.map {
                String(
                    decoding: UnsafeRawBufferPointer(start: $0, count: each.metadata_size), as: UTF8.self)
            }
            positions[place] = TopicPartitionOffset(
                place, offset: each.offset, metadata: metadata.flatMap { $0.isEmpty ? nil : $0 })
        }
        return positions
    }

    static func partitions(of list: UnsafePointer<rd_kafka_topic_partition_list_t>) -> [TopicPartition] {
        elements(of: list).map { TopicPartition(topic: String(cString: $0.topic), partition: $0.partition) }
    }
}
