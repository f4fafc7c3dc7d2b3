/// How far confidences are from the truth, over the last labelled samples: the expected calibration error
/// `ECE = sum over bins of n_b/N |accuracy_b - confidence_b|` (Naeini et al., AAAI 2015) with fifteen bins of equal
/// width.
///
/// Kept for two confidences of each answer, before and after calibration, so that the gain shows; and beside them who
/// of the experts behind the answer was right.
public struct CalibrationWindow: Sendable, Codable, Equatable {
    /// The number of bins.
    public static let bins = 15
    /// With fewer samples an error is noise and is not given.
    public static let leastSamples = 200

    private struct Entry: Sendable, Codable, Equatable {
        let confidence: Float
        let uncalibrated: Float
        let isRight: Bool
        let isUnknown: Bool
        /// A bit for each expert.
        let rightExperts: UInt8
    }

    private let capacity: Int
    private var entries: [Entry] = []
    private var next = 0

    /// Looks back over so many samples.
    public init(capacity: Int) { self.capacity = max(1, capacity) }

    /// Notes the best class of one answer that was given before learning.
    ///
    /// - Parameters:
    ///   - confidence: its probability.
    ///   - uncalibrated: its probability before calibration.
    ///   - isRight: whether it is the label.
    ///   - isUnknown: whether the answer was withheld.
    ///   - rightExperts: whether each expert, of eight at most, named the label.
    public mutating func record(
        confidence: Float, uncalibrated: Float, isRight: Bool, isUnknown: Bool, rightExperts: [Bool] = []
    ) {
        precondition(rightExperts.count <= 8, "one bit an expert")
        let entry = Entry(
            confidence: confidence, uncalibrated: uncalibrated, isRight: isRight, isUnknown: isUnknown,
            rightExperts: rightExperts.reversed().reduce(0) { $0 << 1 | ($1 ? 1 : 0) })
        if entries.count < capacity {
            entries.append(entry)
        } else {
            entries[next] = entry
        }
        next = (next + 1) % capacity
    }

    /// The number of samples looked back over.
    public var count: Int { entries.count }

    /// The expected calibration error of the published confidence.
    public var error: MetricValue { error { $0.confidence } }

    /// The expected calibration error before calibration.
    public var uncalibratedError: MetricValue { error { $0.uncalibrated } }

    /// The part of answers that were withheld.
    public var unknownRatio: MetricValue {
        guard !entries.isEmpty else { return .absent(.noLabelsYet) }
        return .value(Double(entries.count { $0.isUnknown }) / Double(entries.count))
    }

    /// The accuracy of one expert.
    public func accuracy(ofExpert number: Int) -> MetricValue {
        guard !entries.isEmpty else { return .absent(.noLabelsYet) }
        return .value(Double(entries.count { $0.rightExperts >> number & 1 == 1 }) / Double(entries.count))
    }

    private func error(_ confidence: (Entry) -> Float) -> MetricValue {
        guard entries.count >= Self.leastSamples else { return .absent(.tooFew) }
        return .value(Self.error(entries.map { (confidence($0), $0.isRight) }))
    }

    /// The expected calibration error of confidences and whether each was right; 0 for none.
    public static func error(_ outcomes: [(confidence: Float, isRight: Bool)]) -> Double {
        var count = [Double](repeating: 0, count: bins)
        var right = count
        var confidence = count
        for outcome in outcomes {
            let bin = max(0, min(bins - 1, Int(outcome.confidence * Float(bins))))
            count[bin] += 1
            right[bin] += outcome.isRight ? 1 : 0
            confidence[bin] += Double(outcome.confidence)
        }
        return (0..<bins).reduce(0) { $0 + abs(right[$1] - confidence[$1]) } / Double(max(1, outcomes.count))
    }
}
