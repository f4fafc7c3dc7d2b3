import CRdKafka

/// One record of a batch.
///
/// A record keeps its batch alive. The bytes of `key`, `value` and `header(named:)` are not copied and are valid as
/// long as the batch is: hold the batch, or a record of it, in a variable while using them.
///
/// `@unchecked Sendable`: it only refers to a batch, which several threads may read at once.
public struct Record: @unchecked Sendable {
    let batch: RecordBatch
    let message: UnsafePointer<rd_kafka_message_t>

    /// The topic's name. Made once a batch, not for each record.
    public var topic: String { batch.topic(of: message.pointee.rkt) }

    /// The partition's number.
    public var partition: Int32 { message.pointee.partition }

    /// The place of this record in its partition.
    public var offset: Int64 { message.pointee.offset }

    /// Milliseconds since 1970, as set by the producer or, with `LogAppendTime`, by the broker.
    public var timestampMilliseconds: Int64? {
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let milliseconds = rd_kafka_message_timestamp(message, &type)
        return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || milliseconds < 0 ? nil : milliseconds
    }

    /// The key; `nil` if there is none. An empty key is empty, not `nil`.
    public var key: UnsafeRawBufferPointer? {
        message.pointee.key.map { UnsafeRawBufferPointer(start: $0, count: message.pointee.key_len) }
    }

    /// The value; `nil` for a tombstone. An empty value is empty, not `nil`.
    public var value: UnsafeRawBufferPointer? {
        message.pointee.payload.map { UnsafeRawBufferPointer(start: $0, count: message.pointee.len) }
    }

    /// Whether there is at least one header.
    public var hasHeaders: Bool { batch.headers(of: message) != nil }

    /// All headers in order, copied. A header block that does not follow the protocol gives none.
    public func headers() -> [Header] {
        batch.headers(of: message).map(Self.headers) ?? []
    }

    /// What a list of headers holds.
    static func headers(of list: OpaquePointer) -> [Header] {
        var headers: [Header] = []
        headers.reserveCapacity(rd_kafka_header_cnt(list))
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while rd_kafka_header_get_all(list, headers.count, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR
        {
            headers.append(
                Header(
                    name: name.map { String(cString: $0) } ?? "",
                    value: value.map { Array(UnsafeRawBufferPointer(start: $0, count: size)) }))
        }
        return headers
    }

    /// The bytes of the last header of this name, not copied; `nil` if there is none or if it is null.
    public func header(named name: String) -> UnsafeRawBufferPointer? {
        guard let list = batch.headers(of: message) else { return nil }
        var value: UnsafeRawPointer?
        var size = 0
        guard rd_kafka_header_get_last(list, name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR else {
            return nil
        }
        return value.map { UnsafeRawBufferPointer(start: $0, count: size) }
    }
}

extension Record {
    /// Where the record lies.
    public var place: TopicPartition { TopicPartition(topic: topic, partition: partition) }
}

extension PartitionError {
    /// What it concerns.
    public var place: TopicPartition { TopicPartition(topic: topic, partition: partition) }
}
