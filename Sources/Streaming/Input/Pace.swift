/// How many records are taken at once: fewer where they take long, so that what is due, and a stop, never wait for long.
package struct Pace {
    /// How long a turn may take.
    private static let target = Duration.milliseconds(500)
    /// The fewest: below, the work of a turn itself would count.
    private static let least = 64

    private let most: Int
    /// The records of the next turn.
    package private(set) var records: Int
    /// Whether the last turn left some, so that the next one need not wait for more.
    package var isMoreThere = false

    /// Begins with few, as nothing is known yet.
    package init(most: Int) {
        self.most = most
        records = min(most, 512)
    }

    /// Notes how long a turn took.
    package mutating func note(_ count: Int, took: Duration) {
        if took > Self.target {
            records = max(min(Self.least, most), min(records, Int(Double(count) * (Self.target / took))))
        } else if took < Self.target / 4 {
            records = min(most, 2 * records)
        }
    }
}
