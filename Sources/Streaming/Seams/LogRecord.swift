import KafkaBasics

/// A record as a log gives it. Its bytes are not copied: they live as long as the record, or another of its block, does.
///
/// `@unchecked Sendable`: the bytes are only read, and ``RecordBlock`` may be asked by several threads.
package struct LogRecord: @unchecked Sendable {
    /// Where it lies.
    package let place: TopicPartition
    /// Its place there.
    package let offset: Int64
    /// Milliseconds since 1970, if the log knows.
    package let timestampMilliseconds: Int64?
    /// The key; nil when there is none.
    package let key: UnsafeRawBufferPointer?
    /// The value; nil for a tombstone.
    package let value: UnsafeRawBufferPointer?
    private let block: any RecordBlock
    private let number: Int

    /// A record of a block.
    ///
    /// - Parameter number: which of the block's records it is; key and value lie in the block.
    package init(
        place: TopicPartition, offset: Int64, timestampMilliseconds: Int64?, key: UnsafeRawBufferPointer?,
        value: UnsafeRawBufferPointer?, block: any RecordBlock, number: Int
    ) {
        self.place = place
        self.offset = offset
        self.timestampMilliseconds = timestampMilliseconds
        self.key = key
        self.value = value
        self.block = block
        self.number = number
    }

    /// About the memory that it takes, without its headers.
    var bytes: Int { (key?.count ?? 0) + (value?.count ?? 0) + 256 }

    /// Whether there is at least one header.
    package var hasHeaders: Bool { block.hasHeaders(number) }
    /// All headers in order, copied.
    package func headers() -> [Header] { block.headers(number) }
    /// The bytes of the last header of this name; nil when there is none or it is null.
    package func header(named name: String) -> UnsafeRawBufferPointer? { block.header(number, named: name) }
}

/// The memory that records lie in. Several threads may ask at once.
package protocol RecordBlock: AnyObject, Sendable {
    /// Whether one of its records has a header.
    func hasHeaders(_ number: Int) -> Bool
    /// The headers of one of its records, in order.
    func headers(_ number: Int) -> [Header]
    /// The bytes of the last header of this name of one of its records; nil when there is none or it is null.
    func header(_ number: Int, named name: String) -> UnsafeRawBufferPointer?
}
