import KafkaBasics

/// Where outputs go: a Kafka producer, or that of a simulation. What becomes of each is reported, by any thread, with the
/// ticket that it was sent under.
package protocol OutputSink: AnyObject {
    /// Takes over a message; waits for room, and throws when there is none for long or it can never be sent.
    func send(
        topic: String, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, headers: [Header],
        timestampMilliseconds: Int64?, ticket: Int) throws
    /// Sends what waits at once, and waits for the reports, but not longer than this.
    func flush(within limit: Duration) throws
    /// Messages whose report is still to come.
    var queued: Int { get }
    /// Lets go of it. What has not arrived within a short time is given up.
    func close()
}
