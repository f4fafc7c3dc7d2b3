import Dispatch

/// Work beside the loop, one piece after the other: on a thread, or when a simulation likes.
package protocol Background: Sendable {
    /// Has work done.
    func begin(_ work: @escaping @Sendable () -> Void)
    /// Waits until all that was begun has ended.
    func wait()
}

/// A thread of its own, more or less.
package struct BackgroundQueue: Background {
    private let queue: DispatchQueue

    /// - Parameter quality: how much it may take from the stream's own work.
    package init(_ label: String, quality: DispatchQoS = .default) {
        queue = DispatchQueue(label: label, qos: quality)
    }

    package func begin(_ work: @escaping @Sendable () -> Void) { queue.async(execute: work) }
    package func wait() { queue.sync {} }
}
