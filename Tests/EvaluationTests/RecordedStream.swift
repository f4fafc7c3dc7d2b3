import Evaluation

/// Every scored sample kept, and every metric computed from them by its textbook formula.
struct RecordedStream {
    struct Sample {
        let actual: Int
        let predicted: Int?
        let weight: Int
        let previous: Int?
        let majority: Int?
    }

    private(set) var samples: [Sample] = []
    private var weights: [Int: Int] = [:]

    mutating func record(actual: Int, predicted: Int?, weight: Int) {
        let top = weights.values.max()
        let majority = weights.filter { $0.value == top }.keys.min()
        samples.append(
            Sample(
                actual: actual, predicted: predicted, weight: weight, previous: samples.last?.actual,
                majority: majority))
        weights[actual, default: 0] += weight
    }

    /// The metrics of the last `count` samples, in the order of ``names``.
    func metrics(last count: Int) -> [Double?] {
        let part = samples.suffix(count)
        let total = Double(part.reduce(0) { $0 + $1.weight })
        func share(_ condition: (Sample) -> Bool) -> Double {
            Double(part.filter(condition).reduce(0) { $0 + $1.weight }) / total
        }
        let classes = Set(part.map(\.actual)).union(part.compactMap(\.predicted))
        let observed = share { $0.predicted == $0.actual }
        let chance = classes.reduce(0.0) { sum, index in
            sum + share { $0.actual == index } * share { $0.predicted == index }
        }
        let noChange = share { $0.previous == $0.actual }
        let majority = share { $0.majority == $0.actual }
        let recalls = Set(part.map(\.actual)).sorted().map { index in
            share { $0.actual == index && $0.predicted == index } / share { $0.actual == index }
        }
        func kappa(_ baseline: Double) -> Double? {
            abs(1 - baseline) < 1e-12 ? nil : (observed - baseline) / (1 - baseline)
        }
        return [
            observed, kappa(chance), kappa(noChange), kappa(majority),
            recalls.reduce(0, +) / Double(recalls.count), share { $0.predicted == nil },
        ]
    }

    static let names = [
        "accuracy", "kappa", "kappaTemporal", "kappaMajority", "balancedAccuracy", "abstainRatio",
    ]
}

extension PrequentialTotals {
    /// In the order of ``RecordedStream/names``.
    var metrics: [MetricValue] {
        [accuracy, kappa, kappaTemporal, kappaMajority, balancedAccuracy, abstainRatio]
    }
}
