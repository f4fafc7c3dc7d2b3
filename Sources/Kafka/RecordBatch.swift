import CRdKafka
import Synchronization

/// The records of one poll, in the order in which they came.
///
/// Keys, values and header values are not copied: they lie in librdkafka's buffers until the batch is gone. A
/// batch that is kept keeps those buffers, at worst a whole fetch response (`fetch.message.max.bytes`) for each
/// partition. Several threads may read a batch at once.
///
/// `@unchecked Sendable`: the messages are never changed after `init`, but for librdkafka's list of headers, made
/// when first asked for; that is done under `headersLock`.
public final class RecordBatch: @unchecked Sendable {
    /// How many records there are; 0 if none came in time.
    public let count: Int
    /// Partitions that could not be read. They come beside the records of the others.
    public let errors: [PartitionError]

    private let messages: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>>
    private let topics: [(handle: OpaquePointer, name: String)]
    private let client: ClientHandle
    private let headersLock = Mutex(())

    /// Takes over `messages`, all without error.
    init(
        client: ClientHandle, messages taken: [UnsafeMutablePointer<rd_kafka_message_t>],
        topics: [(handle: OpaquePointer, name: String)], errors: [PartitionError]
    ) {
        self.client = client
        self.topics = topics
        self.errors = errors
        count = taken.count
        messages = .allocate(capacity: taken.count)
        taken.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { messages.initialize(from: base, count: source.count) }
        }
    }

    deinit {
        for index in 0..<count { rd_kafka_message_destroy(messages[index]) }
        messages.deallocate()
    }

    /// The record at a place in the batch, from 0.
    public subscript(index: Int) -> Record {
        precondition(index >= 0 && index < count, "record \(index) of a batch of \(count)")
        return Record(batch: self, message: UnsafePointer(messages[index]))
    }

    func topic(of handle: OpaquePointer?) -> String {
        // A batch seldom holds more than a few topics.
        for topic in topics where topic.handle == handle { return topic.name }
        return ""
    }

    /// The list of headers, which librdkafka makes when first asked.
    func headers(of message: UnsafePointer<rd_kafka_message_t>) -> OpaquePointer? {
        // As a number: the compiler cannot know that a finished list is only read.
        let address = headersLock.withLock { _ in
            var headers: OpaquePointer?
            let code = rd_kafka_message_headers(message, &headers)
            return code == RD_KAFKA_RESP_ERR_NO_ERROR ? UInt(bitPattern: headers) : 0
        }
        return OpaquePointer(bitPattern: address)
    }
}
