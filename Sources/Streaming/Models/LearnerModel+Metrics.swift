import Evaluation
import Experts
import Learning
import Memory
import Messages

extension LearnerModel {
    func report() -> ModelReport {
        let holdOuts = learner.freshHoldOutReport()
        return ModelReport(
            metrics: ModelReport.metrics(learner.prequential) + metrics(holdOuts) + memoryMetrics()
                + expertMetrics(),
            perClass: perClass(holdOuts), records: learner.samples, labelled: learner.labelled)
    }

    /// What is remembered and what was forgotten.
    private func metrics(_ report: HoldOutReport) -> [Metric] {
        [
            Metric(.holdOutBalancedAccuracy, value: report.balancedAccuracy.value),
            Metric(.holdOutBalancedAccuracyHalfWidth, value: report.balancedAccuracy.halfWidth95),
            Metric(.holdOutAccuracy, value: report.accuracy.value),
            Metric(.holdOutItems, value: report.items),
            Metric(.holdOutFlips, value: report.flips),
            Metric(.forgetting, "peak_minus_now", value: report.forgetting.value),
            Metric(.forgetting, "at_rest", value: report.forgettingAtRest.value),
            Metric(.forgettingHalfWidth, "peak_minus_now", value: report.forgetting.halfWidth95),
            Metric(.forgettingHalfWidth, "at_rest", value: report.forgettingAtRest.halfWidth95),
            Metric(.backwardTransfer, "first_to_now", value: report.bwt.value),
        ]
    }

    /// The same by class.
    private func perClass(_ report: HoldOutReport) -> [String: ClassMetrics] {
        var perClass: [String: ClassMetrics] = [:]
        for row in report.classes {
            perClass[learner.classes.labels[row.classIndex]] = ClassMetrics(
                n: row.labelled,
                recall: learner.prequential.windowed.recall(ofClass: row.classIndex).number,
                peak: row.peak.number, now: row.now.number, forgetting: row.forgetting.number,
                holdoutItems: row.items)
        }
        return perClass
    }

    /// What was learned, and how far confidences can be believed.
    private func memoryMetrics() -> [Metric] {
        let usage = learner.memory.usage()
        return [
            Metric(.classes, value: learner.classes.count),
            Metric(.codebookUsage, value: .number(usage.usedRatio)),
            Metric(.codebookPerplexity, value: usage.perplexity, orAbsent: .nothingLearned),
            Metric(.calibrationError, "fitted", value: learner.calibration.error),
            Metric(.calibrationError, "raw", value: learner.calibration.uncalibratedError),
            Metric(.unknownRatio, value: learner.calibration.unknownRatio),
        ]
    }

    /// How the experts do.
    private func expertMetrics() -> [Metric] {
        guard let ensemble = learner.ensemble else { return [] }
        let threshold = ensemble.solution.familiarity?.threshold
        return [
            Metric(
                .unknownThreshold, value: threshold.map(Double.init),
                orAbsent: ensemble.configuration.falseRejections > 0 ? .notKnownYet : .off),
            Metric(.solutionNumber, value: ensemble.solution.number),
            Metric(.exemplars, value: ensemble.exemplars.count),
        ]
            + ensemble.configuration.experts.enumerated().flatMap { number, expert in
                [
                    Metric(.expertWeight, expert.rawValue, value: .number(Double(ensemble.shares[number]))),
                    Metric(
                        .expertAccuracy, expert.rawValue,
                        value: learner.calibration.accuracy(ofExpert: number)),
                ]
            }
    }
}
