import Foundation

/// Calls that may never return: librdkafka 2.0.2 joins a broker's thread for ever when a topic was deleted while it was
/// read. They are made on a thread of their own, which is left behind after a while.
enum BoundedCall {
    /// How long closing a client may take.
    static let closing = Duration.seconds(5)

    /// Makes a call.
    ///
    /// - Returns: whether it has returned in time.
    @discardableResult
    static func run(within limit: Duration = closing, _ body: @escaping @Sendable () -> Void) -> Bool {
        let finished = DispatchSemaphore(value: 0)
        let thread = Thread {
            body()
            finished.signal()
        }
        thread.name = "kafka.closing"
        thread.start()
        let seconds = Double(limit.components.seconds) + Double(limit.components.attoseconds) / 1e18
        return finished.wait(timeout: .now() + seconds) == .success
    }
}
