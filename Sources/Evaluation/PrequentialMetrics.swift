/// Test-then-train metrics of a stream: each labelled sample is scored with the prediction made before it was
/// learned, over all samples and over the last `window` of them.
///
///     var metrics = try PrequentialMetrics(window: 1000)
///     metrics.record(actual: 3, predicted: 3)
///     metrics.record(actual: 4, predicted: nil)  // an abstention is an error
///     metrics.cumulative.accuracy                // .value(0.5)
///     metrics.windowed.balancedAccuracy
///
/// `record` costs O(1) and does not allocate once the window is full and the classes are known; reading a
/// metric costs O(classes). Memory grows with the window and the classes, never with classes x classes.
/// Accuracy alone flatters when labels come in runs: publish ``PrequentialTotals/kappaTemporal`` and a held-out
/// accuracy beside it.
public struct PrequentialMetrics: Codable, Sendable, Equatable {
    /// Over all samples.
    public private(set) var cumulative = PrequentialTotals()
    /// Over the last ``window`` labelled samples.
    public private(set) var windowed = PrequentialTotals()
    private var ring: PrequentialWindow
    private var lastActual: Int?
    private var majorityClass: Int?

    /// The length of the window in labelled samples.
    public var window: Int { ring.capacity }

    /// - Parameter window: The length of the window in labelled samples, 1 to ``EvaluationLimits/window``.
    /// - Throws: ``EvaluationError`` when the window is outside that range.
    public init(window: Int = 1000) throws(EvaluationError) {
        ring = try PrequentialWindow(capacity: window)
    }

    /// Scores one labelled sample.
    ///
    /// - Parameters:
    ///   - actual: The index of its class, below ``EvaluationLimits/classes``.
    ///   - predicted: The class predicted before learning it, nil when there was no prediction.
    ///   - weight: How much it counts, 1 to ``EvaluationLimits/weight``.
    public mutating func record(actual: Int, predicted: Int?, weight: Int = 1) {
        // Indices and weights are checked where records are read; another value here is a broken invariant.
        precondition((0..<EvaluationLimits.classes).contains(actual), "class index \(actual)")
        precondition((0..<EvaluationLimits.classes).contains(predicted ?? 0), "class index \(predicted ?? 0)")
        precondition((1...EvaluationLimits.weight).contains(weight), "weight \(weight)")
        let outcome = PrequentialOutcome(
            actual: actual, predicted: predicted, weight: weight, noChangeCorrect: lastActual == actual,
            majorityCorrect: majorityClass == actual)
        cumulative.add(outcome)
        windowed.add(outcome)
        if let oldest = ring.push(outcome) { windowed.subtract(oldest) }
        lastActual = actual
        // Weights only grow, so only the class that just grew can overtake the majority.
        if let majority = majorityClass {
            let (new, old) = (cumulative.weight(ofClass: actual), cumulative.weight(ofClass: majority))
            if new > old || (new == old && actual < majority) { majorityClass = actual }
        } else {
            majorityClass = actual
        }
    }

    private enum CodingKeys: String, CodingKey {
        case cumulative, ring, lastActual, majorityClass
    }

    /// Reads a saved state. The windowed totals are not saved: they are summed again from the window.
    ///
    /// - Throws: `DecodingError`, or ``EvaluationError`` when the state contradicts itself.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        cumulative = try container.decode(PrequentialTotals.self, forKey: .cumulative)
        ring = try container.decode(PrequentialWindow.self, forKey: .ring)
        lastActual = try container.decodeIfPresent(Int.self, forKey: .lastActual)
        majorityClass = try container.decodeIfPresent(Int.self, forKey: .majorityClass)
        guard cumulative.isValid, ring.isValid(classLimit: cumulative.classLimit) else {
            throw EvaluationError(
                .invalidState, "The saved prequential metrics contradict themselves; load an older snapshot.")
        }
        // Both totals grow with the same samples, so they have room for the same classes.
        windowed = PrequentialTotals(classLimit: cumulative.classLimit)
        for outcome in ring.outcomes { windowed.add(outcome) }
    }
}
