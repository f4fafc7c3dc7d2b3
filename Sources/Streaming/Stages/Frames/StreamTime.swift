/// The time of a stream of frames: the latest timestamp of its records, as far as they are believed.
///
/// One clock that is wrong must not move it: sessions would be let go at once, or never again. A record that lies far
/// ahead is believed when as many more agree as ``trust``, with none between that lies where the time was.
package struct StreamTime: Sendable, Equatable {
    /// What became of the time with a record.
    enum Step {
        /// It went on, or stayed.
        case on
        /// The record lies too far ahead; the time stays.
        case held
        /// It began, or leapt to where records have been for a while.
        case leapt
    }

    /// How far one record moves it, milliseconds; more where sessions may be idle for longer.
    package static let reach: Int64 = 3_600_000
    /// How many records in a row have to agree on a leap.
    package static let trust = 8

    /// Milliseconds since 1970.
    package private(set) var now = Int64.min
    /// The number of records near it since it began or leapt, as far as ``trust``.
    package private(set) var near = 0
    /// The number of records since one lay near it: above 0 they lie far ahead, below 0 far behind.
    package private(set) var far = 0

    /// A time that has not begun.
    package init() {}

    /// A time of a snapshot.
    package init(now: Int64, near: Int, far: Int) {
        self.now = now
        self.near = near
        self.far = far
    }

    /// Takes in the timestamp of a record.
    ///
    /// - Parameter idle: how long a session may be idle, milliseconds.
    mutating func note(_ timestamp: Int64, idle: Int64) -> Step {
        guard now != .min else { return leap(to: timestamp) }
        let reach = max(Self.reach, idle)
        if timestamp > now + reach {
            far = max(far, 0) + 1
            return far < Self.trust ? .held : leap(to: timestamp)
        }
        guard timestamp < now - reach else {
            near = min(near + 1, Self.trust)
            far = 0
            now = max(now, timestamp)
            return .on
        }
        // Old records are nothing unusual, unless all but the first few are: then those were wrong.
        far = min(far, 0) - 1
        guard -far >= Self.trust else { return .on }
        far = -Self.trust
        return near < Self.trust ? leap(to: timestamp) : .on
    }

    private mutating func leap(to timestamp: Int64) -> Step {
        now = timestamp
        near = 1
        far = 0
        return .leapt
    }
}
