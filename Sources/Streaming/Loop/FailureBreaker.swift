/// Stops the stream when too large a part of the last records could not be used: a wrong schema must not drain
/// a whole topic into the dead letters.
package struct FailureBreaker {
    private var failed: [Bool]
    private var next = 0
    private var filled = 0
    /// How many of the last records could not be used.
    package private(set) var failures = 0
    private let tolerance: Double

    /// - Parameters:
    ///   - window: the number of records that are looked back on.
    ///   - tolerance: the part of them that may fail.
    package init(window: Int, tolerance: Double) {
        failed = [Bool](repeating: false, count: window)
        self.tolerance = tolerance
    }

    /// Notes one record; true when the stream must stop. Never before a tenth of the window, and at least ten
    /// records, have been seen.
    package mutating func note(failed failure: Bool) -> Bool {
        if filled == failed.count, failed[next] { failures -= 1 }
        failed[next] = failure
        if failure { failures += 1 }
        next = (next + 1) % failed.count
        filled = min(filled + 1, failed.count)
        return failure && filled >= max(10, failed.count / 10)
            && Double(failures) > tolerance * Double(filled)
    }

    /// "612 of the last 1000 records", for people.
    package var account: String { "\(failures) of the last \(filled) records" }
}
