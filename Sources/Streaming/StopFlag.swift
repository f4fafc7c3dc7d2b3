import Synchronization

/// A request to stop that any thread can make and that stays made.
public final class StopFlag: Sendable {
    private let flag = Atomic(false)

    /// Makes the request.
    public func set() { flag.store(true, ordering: .releasing) }

    /// Whether the request was made.
    public var isSet: Bool { flag.load(ordering: .acquiring) }

    /// No request yet.
    public init() {}
}
