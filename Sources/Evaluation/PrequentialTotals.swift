/// The sums from which every prequential metric follows, over all samples or over a window.
///
/// Instead of a confusion matrix it keeps the matrix's row sums (actual), column sums (predicted) and diagonal:
/// every metric here follows from these, and thousands of classes cost kilobytes. All sums are integers, so
/// that adding and subtracting a sample is exact in any order.
///
/// An abstention (no prediction) is an error. It is in no column.
public struct PrequentialTotals: Codable, Sendable, Equatable {
    /// Labelled samples.
    public private(set) var samples = 0
    /// Sum of the weights of the samples.
    public private(set) var weight = 0
    private var correctWeight = 0
    private var abstainedWeight = 0
    /// What a classifier that repeats the label before would have got right.
    private var noChangeWeight = 0
    /// What a classifier that answers the majority class of all samples before would have got right.
    private var majorityWeight = 0
    private var actualWeights: [Int] = []
    private var predictedWeights: [Int] = []
    private var diagonalWeights: [Int] = []

    /// Empty totals with room for the classes `0..<classLimit`.
    init(classLimit: Int = 0) {
        actualWeights = Array(repeating: 0, count: classLimit)
        predictedWeights = actualWeights
        diagonalWeights = actualWeights
    }

    /// Whether decoded totals can be used: one row, one column and one diagonal entry a class.
    var isValid: Bool {
        actualWeights.count <= EvaluationLimits.classes && predictedWeights.count == actualWeights.count
            && diagonalWeights.count == actualWeights.count
    }

    mutating func add(_ outcome: PrequentialOutcome) {
        let highest = max(outcome.actual, outcome.predicted ?? 0)
        // At least doubles, so that a stream that brings a new class now and then seldom allocates.
        if highest >= actualWeights.count {
            let missing =
                max(highest + 1, min(2 * actualWeights.count, EvaluationLimits.classes)) - actualWeights.count
            actualWeights.append(contentsOf: repeatElement(0, count: missing))
            predictedWeights.append(contentsOf: repeatElement(0, count: missing))
            diagonalWeights.append(contentsOf: repeatElement(0, count: missing))
        }
        apply(outcome, sign: 1)
    }

    mutating func subtract(_ outcome: PrequentialOutcome) {
        apply(outcome, sign: -1)
    }

    private mutating func apply(_ outcome: PrequentialOutcome, sign: Int) {
        let change = sign * outcome.weight
        samples += sign
        weight += change
        actualWeights[outcome.actual] += change
        if let predicted = outcome.predicted {
            predictedWeights[predicted] += change
            if predicted == outcome.actual {
                diagonalWeights[predicted] += change
                correctWeight += change
            }
        } else {
            abstainedWeight += change
        }
        if outcome.noChangeCorrect { noChangeWeight += change }
        if outcome.majorityCorrect { majorityWeight += change }
    }
}

extension PrequentialTotals {
    /// The weight of the samples answered right, of all.
    public var accuracy: MetricValue { share(correctWeight) }

    /// The weight of the samples that got no prediction, of all.
    public var abstainRatio: MetricValue { share(abstainedWeight) }

    /// Macro recall: the mean of the recalls of the classes that occurred.
    public var balancedAccuracy: MetricValue {
        var recalls = 0.0
        var seen = 0
        for (actual, diagonal) in zip(actualWeights, diagonalWeights) where actual > 0 {
            recalls += Double(diagonal) / Double(actual)
            seen += 1
        }
        return .ratio(recalls, Double(seen), orAbsent: .noLabelsYet)
    }

    /// Cohen's kappa, (p0 - pe) / (1 - pe) with pe the sum over classes of row share times column share.
    public var kappa: MetricValue {
        var chance = 0.0
        for (actual, predicted) in zip(actualWeights, predictedWeights) {
            chance += Double(actual) * Double(predicted)
        }
        let total = Double(weight)
        return gain(Double(correctWeight) * total - chance, total * total - chance)
    }

    /// Accuracy against a classifier that repeats the label before: (p0 - p_nc) / (1 - p_nc).
    ///
    /// Strongly negative when labels come in runs. It warns of such a stream, it does not rank learners. Before
    /// the first label there is nothing to repeat, and that counts as an error of the classifier.
    public var kappaTemporal: MetricValue {
        gain(Double(correctWeight - noChangeWeight), Double(weight - noChangeWeight))
    }

    /// Accuracy against a classifier that answers the majority class of all samples so far (kappa-M).
    ///
    /// Of two classes of equal weight the lower index is the majority. In a window the majority is still that
    /// of all samples so far. Before the first label there is none, and that counts as an error.
    public var kappaMajority: MetricValue {
        gain(Double(correctWeight - majorityWeight), Double(weight - majorityWeight))
    }

    /// How many classes occurred as the actual class.
    public var classesSeen: Int { actualWeights.count { $0 > 0 } }

    /// One past the highest class index that can have a row here.
    public var classLimit: Int { actualWeights.count }

    /// The weight of the samples of a class; 0 for one never seen.
    public func weight(ofClass index: Int) -> Int {
        actualWeights.indices.contains(index) ? actualWeights[index] : 0
    }

    /// The weight of the samples of a class answered right, of those of the class.
    public func recall(ofClass index: Int) -> MetricValue {
        guard actualWeights.indices.contains(index) else { return .absent(.classNotSeen) }
        return .ratio(Double(diagonalWeights[index]), Double(actualWeights[index]), orAbsent: .classNotSeen)
    }

    private func share(_ part: Int) -> MetricValue {
        .ratio(Double(part), Double(weight), orAbsent: .noLabelsYet)
    }

    private func gain(_ numerator: Double, _ denominator: Double) -> MetricValue {
        guard weight > 0 else { return .absent(.noLabelsYet) }
        // A baseline is right on every sample only where one class occurred: repeating the label or the majority
        // cannot be right across a change of class, and chance agrees fully only on one class.
        return .ratio(numerator, denominator, orAbsent: .fewerThanTwoClasses)
    }
}
