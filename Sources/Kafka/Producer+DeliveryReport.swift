extension Producer {
    /// What became of one message.
    public struct DeliveryReport: Sendable {
        /// The number given to `send`.
        public let ticket: Int
        /// The topic's name.
        public let topic: String
        /// The partition it went to; -1 if it failed before one was chosen.
        public let partition: Int32
        /// Where it lies in the partition, or `nil` if it failed or the broker did not say (`acks=0`).
        public let offset: Int64?
        /// The message itself when it failed, so that it or another in its place can be sent.
        public let undelivered: Message?
        /// Why the message is not on the broker, or `nil` if it is. After a timeout it may be there all the same.
        public let error: KafkaError?
    }
    /// What a message carried.
    public struct Message: Sendable {
        /// `nil` for none.
        public let key: [UInt8]?
        /// `nil` for a tombstone.
        public let value: [UInt8]?
        /// In order.
        public let headers: [Header]
        /// Milliseconds since 1970.
        public let timestampMilliseconds: Int64?
    }
}
