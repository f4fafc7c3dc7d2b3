import KafkaBasics

/// A message that did not arrive, as it was sent.
package struct UndeliveredMessage: Sendable {
    package let topic: String
    package let key: [UInt8]?
    package let value: [UInt8]?
    package let headers: [Header]
    /// Milliseconds since 1970, if it had any.
    package let timestampMilliseconds: Int64?
    /// Under which it was sent.
    package let ticket: Int
    /// Whether it is larger than its topic takes; otherwise the client lost it, and it can be sent as it is.
    package let isTooLarge: Bool

    package init(
        topic: String, key: [UInt8]?, value: [UInt8]?, headers: [Header], timestampMilliseconds: Int64?,
        ticket: Int, isTooLarge: Bool
    ) {
        self.topic = topic
        self.key = key
        self.value = value
        self.headers = headers
        self.timestampMilliseconds = timestampMilliseconds
        self.ticket = ticket
        self.isTooLarge = isTooLarge
    }
}
