/// Right answers of all answers: an accuracy kept as two integers, so that it is exact and saved exactly.
struct Tally: Codable, Sendable, Equatable {
    var correct = 0
    var items = 0

    /// The share of right answers. Only for `items > 0`.
    var accuracy: Double { Double(correct) / Double(items) }

    /// Whether this accuracy is higher than another, without rounding.
    func isHigher(than other: Tally) -> Bool { correct * other.items > other.correct * items }

    mutating func add(_ isCorrect: Bool) {
        items += 1
        if isCorrect { correct += 1 }
    }

    static func += (total: inout Tally, part: Tally) {
        total.correct += part.correct
        total.items += part.items
    }

    /// The variance of the accuracy, after Agresti and Coull: two right and two wrong answers are added, so that
    /// twenty right of twenty do not claim to be certain.
    var variance: Double {
        let smoothed = Double(correct + 2) / Double(items + 4)
        return smoothed * (1 - smoothed) / Double(items + 4)
    }
}
