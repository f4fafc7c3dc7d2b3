import Foundation

/// Time: the system's, or that of a simulation, which moves only when it is moved.
package protocol StreamClock: Sendable {
    /// A moment to measure from; it never goes back.
    var now: ContinuousClock.Instant { get }
    /// Milliseconds since 1970.
    var milliseconds: Int64 { get }
    /// Waits.
    func sleep(_ duration: Duration)
}

/// The system's time.
package struct SystemClock: StreamClock {
    package init() {}
    package var now: ContinuousClock.Instant { .now }
    package var milliseconds: Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }
    package func sleep(_ duration: Duration) { Thread.sleep(forTimeInterval: duration.seconds) }
}
