import Evaluation
import Experts
import Learning
import Memory
import Messages

extension LearnerModel {
    func report() -> ModelReport {
        ModelReport(
            metrics: ModelReport.metrics(learner.prequential) + memoryMetrics() + expertMetrics(),
            records: learner.samples, labelled: learner.labelled)
    }

    func heldOutReporter() -> (@Sendable () -> HeldOutReport)? {
        let labels = learner.classes.labels
        let recalls = labels.indices.map { learner.prequential.windowed.recall(ofClass: $0).number }
        let reported = { @Sendable (report: HoldOutReport) in
            HeldOutReport(
                metrics: Self.metrics(report), perClass: Self.perClass(report, labels, recalls: recalls))
        }
        // With nobody to ask there is no need of a view, which copies tables.
        guard learner.holdOuts.itemCount > 0 else {
            let (holdOuts, labelled) = (learner.holdOuts, learner.labelled)
            return { reported(holdOuts.peek(at: labelled) { _ in nil }) }
        }
        let reporter = learner.holdOutReporter()
        return { reported(reporter.report()) }
    }

    /// What is remembered and what was forgotten.
    private static func metrics(_ report: HoldOutReport) -> [Metric] {
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
    ///
    /// - Parameter recalls: the part of the last samples of each class that was answered right.
    private static func perClass(
        _ report: HoldOutReport, _ labels: [String], recalls: [Double?]
    ) -> [String: ClassMetrics] {
        var perClass: [String: ClassMetrics] = [:]
        for row in report.classes {
            perClass[labels[row.classIndex]] = ClassMetrics(
                n: row.labelled, recall: recalls[row.classIndex], peak: row.peak.number,
                now: row.now.number, forgetting: row.forgetting.number, holdoutItems: row.items)
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
