import Evaluation
import Messages

/// What is quickly found of a model.
struct ModelReport: Sendable {
    var metrics: [Metric] = []
    /// Samples or frames that were asked, and those with a label.
    var records = 0
    var labelled = 0
    /// How good answers were, each given before its sample was learned.
    static func metrics(_ prequential: PrequentialMetrics) -> [Metric] {
        [("cumulative", prequential.cumulative), ("window", prequential.windowed)].flatMap { window, totals in
            [
                Metric(.accuracy, window, value: totals.accuracy),
                Metric(.balancedAccuracy, window, value: totals.balancedAccuracy),
                Metric(.kappaTemporal, window, value: totals.kappaTemporal),
                Metric(.kappa, window, value: totals.kappa),
                Metric(.kappaMajority, window, value: totals.kappaMajority),
                Metric(.abstainRatio, window, value: totals.abstainRatio),
            ]
        }
    }
}

/// What held-out samples say of a model.
struct HeldOutReport: Sendable {
    var metrics: [Metric] = []
    var perClass: [String: ClassMetrics] = [:]
}
