/// The last outcomes in a ring, in columns: an entry costs 13 bytes, and a saved window is four short arrays.
struct PrequentialWindow: Codable, Sendable, Equatable {
    let capacity: Int
    /// Where the next outcome goes once the ring is full; 0 until then.
    private var next = 0
    private var actual: [Int32] = []
    /// -1 for an abstention.
    private var predicted: [Int32] = []
    private var weights: [Int32] = []
    /// Bit 0: the no-change classifier was right. Bit 1: the majority classifier was right.
    private var baselines: [UInt8] = []

    init(capacity: Int) throws(EvaluationError) {
        guard (1...EvaluationLimits.window).contains(capacity) else {
            throw EvaluationError(
                .invalidSetting,
                "The window is \(capacity) labelled samples; give 1 to \(EvaluationLimits.window).")
        }
        self.capacity = capacity
        actual.reserveCapacity(capacity)
        predicted.reserveCapacity(capacity)
        weights.reserveCapacity(capacity)
        baselines.reserveCapacity(capacity)
    }

    /// Puts an outcome in and gives back the one that had to leave for it, if the window was full.
    mutating func push(_ outcome: PrequentialOutcome) -> PrequentialOutcome? {
        let newActual = Int32(outcome.actual)
        let newPredicted = Int32(outcome.predicted ?? -1)
        let newWeight = Int32(outcome.weight)
        let newBaselines = UInt8(outcome.noChangeCorrect ? 1 : 0) | UInt8(outcome.majorityCorrect ? 2 : 0)
        guard actual.count == capacity else {
            actual.append(newActual)
            predicted.append(newPredicted)
            weights.append(newWeight)
            baselines.append(newBaselines)
            return nil
        }
        let oldest = self[next]
        actual[next] = newActual
        predicted[next] = newPredicted
        weights[next] = newWeight
        baselines[next] = newBaselines
        next = next + 1 == capacity ? 0 : next + 1
        return oldest
    }

    /// The entries in the order of storage, to sum them again. The order does not matter to a sum.
    var outcomes: some Sequence<PrequentialOutcome> { actual.indices.lazy.map { self[$0] } }

    /// Whether a decoded window can be used: columns of one length, indices and weights within their limits.
    func isValid(classLimit: Int) -> Bool {
        let count = actual.count
        return (1...EvaluationLimits.window).contains(capacity) && count <= capacity
            && predicted.count == count && weights.count == count && baselines.count == count
            && (count == capacity ? 0..<capacity : 0..<1).contains(next)
            && actual.allSatisfy { $0 >= 0 && Int($0) < classLimit }
            && predicted.allSatisfy { $0 >= -1 && Int($0) < classLimit }
            && weights.allSatisfy { (1...Int32(EvaluationLimits.weight)).contains($0) }
    }

    private subscript(index: Int) -> PrequentialOutcome {
        PrequentialOutcome(
            actual: Int(actual[index]), predicted: predicted[index] < 0 ? nil : Int(predicted[index]),
            weight: Int(weights[index]), noChangeCorrect: baselines[index] & 1 != 0,
            majorityCorrect: baselines[index] & 2 != 0)
    }
}
