/// The held-out samples of one class and one stretch of its history: a yardstick that does not move.
struct HoldOutGeneration<Payload: Codable & Sendable & Equatable>: Codable, Sendable, Equatable {
    struct Item: Codable, Sendable, Equatable {
        let sampleID: String
        let payload: Payload
        /// Whether the last evaluation answered it right; nil before the first.
        var wasCorrect: Bool?
    }

    /// Which stretch of the class's labelled samples: `labelled / generationLength`.
    let number: Int
    var items: [Item] = []
    /// Set when full. A deletion does not clear it: a refilled place would move the yardstick.
    var isFrozen = false
    /// The last evaluation. A deleted item is taken out of it.
    var now = Tally()
    /// The first and the highest evaluation with enough items. They stay when items are added or deleted: a
    /// class that stops arriving while its set fills would otherwise lose the height it fell from.
    var first: Tally?
    var peak: Tally?

    /// Asks for every item again. Gives back how many answers went from right to wrong.
    mutating func evaluate(
        expecting classIndex: Int, minimumItems: Int, predict: (Payload) -> Int?
    ) -> Int {
        var flips = 0
        now = Tally()
        for index in items.indices {
            let isCorrect = predict(items[index].payload) == classIndex
            if !isCorrect, items[index].wasCorrect == true { flips += 1 }
            items[index].wasCorrect = isCorrect
            now.add(isCorrect)
        }
        if now.items >= minimumItems {
            if first == nil { first = now }
            if peak.map(now.isHigher(than:)) ?? true { peak = now }
        }
        return flips
    }

    /// Takes out the item of a sample. Gives back whether it was there.
    mutating func remove(sampleID: String) -> Bool {
        guard let index = items.firstIndex(where: { $0.sampleID == sampleID }) else { return false }
        if let wasCorrect = items.remove(at: index).wasCorrect {
            now.items -= 1
            if wasCorrect { now.correct -= 1 }
        }
        return true
    }
}
