/// The held-out samples of one class and one stretch of its history: a yardstick that does not move.
///
/// It does not hold the payloads. What every record asks (is this sample held out, is there room) is then free
/// of generics, which would allocate when not specialised.
struct HoldOutGeneration: Codable, Sendable, Equatable {
    /// Which stretch of the class's labelled samples: `labelled / generationLength`.
    let number: Int
    /// By item: the id of its sample.
    private(set) var sampleIDs: [String] = []
    /// By item: whether the last evaluation answered it right; nil before the first.
    private var wasCorrect: [Bool?] = []
    /// Set when full. A deletion does not clear it: a refilled place would move the yardstick.
    private(set) var isFrozen = false
    /// The last evaluation. A deleted item is taken out of it.
    private(set) var now = Tally()
    /// The first and the highest evaluation with enough items. They stay when items are added or deleted: a
    /// class that stops arriving while its set fills would otherwise lose the height it fell from.
    private(set) var first: Tally?
    private(set) var peak: Tally?

    init(number: Int) {
        self.number = number
    }

    /// Whether a decoded generation can be used.
    func isValid(items: Int) -> Bool { sampleIDs.count == items && wasCorrect.count == items }

    /// Appends an item. At `capacity` items the generation is frozen.
    mutating func add(sampleID: String, capacity: Int) {
        sampleIDs.append(sampleID)
        wasCorrect.append(nil)
        if sampleIDs.count == capacity { isFrozen = true }
    }

    /// Asks whether each item is answered right. Gives back how many answers went from right to wrong.
    mutating func evaluate(minimumItems: Int, isCorrect: (_ item: Int) -> Bool) -> Int {
        var flips = 0
        now = Tally()
        for item in sampleIDs.indices {
            let correct = isCorrect(item)
            if !correct, wasCorrect[item] == true { flips += 1 }
            wasCorrect[item] = correct
            now.add(correct)
        }
        if now.items >= minimumItems {
            if first == nil { first = now }
            if peak.map(now.isHigher(than:)) ?? true { peak = now }
        }
        return flips
    }

    /// Takes out the item of a sample. Gives back where it was, nil when it was not here.
    mutating func remove(sampleID: String) -> Int? {
        guard let item = sampleIDs.firstIndex(of: sampleID) else { return nil }
        sampleIDs.remove(at: item)
        if let correct = wasCorrect.remove(at: item) {
            now.items -= 1
            if correct { now.correct -= 1 }
        }
        return item
    }
}
