extension HoldOuts {
    /// What the last evaluation found. Costs O(classes x generations) and changes nothing.
    ///
    /// The half widths hold now, first and peak for independent, though they are measured on the same items: they are
    /// rather too wide than too narrow.
    public func report() -> HoldOutReport {
        var accuracies = MeanOfClasses()
        var forgetting = MeanOfClasses()
        var forgettingAtRest = MeanOfClasses()
        var bwt = MeanOfClasses()
        var all = Tally()
        var rows: [HoldOutClassReport] = []
        for classIndex in labelled.indices where labelled[classIndex] > 0 {
            var pooled = Tally()
            var comparison = Comparison()
            for generation in generations[classIndex] {
                pooled += generation.now
                comparison.add(generation, minimumItems: settings.minimumItems)
            }
            let isAtRest = isAtRest(classIndex)
            all += pooled
            if pooled.items > 0 {
                accuracies.add(pooled.accuracy, variance: pooled.variance, items: pooled.items)
            }
            if comparison.generations > 0 {
                forgetting.add(
                    comparison.peak - comparison.now, variance: comparison.lossVariance,
                    items: comparison.items)
                bwt.add(
                    comparison.now - comparison.first, variance: comparison.gainVariance,
                    items: comparison.items)
                if isAtRest {
                    forgettingAtRest.add(
                        comparison.peak - comparison.now, variance: comparison.lossVariance,
                        items: comparison.items)
                }
            }
            rows.append(row(classIndex, pooled: pooled, comparison: comparison, isAtRest: isAtRest))
        }
        let noAccuracy: AbsenceReason = itemCount == 0 ? .noHeldOutItems : .notEvaluatedYet
        let hasPeak = generations.joined().contains { $0.peak != nil }
        let noComparison = noComparison(hasItems: itemCount > 0, hasPeak: hasPeak)
        return HoldOutReport(
            evaluatedAt: lastEvaluatedAt, items: itemCount,
            balancedAccuracy: accuracies.estimate(orAbsent: noAccuracy),
            accuracy: all.items == 0
                ? HoldOutEstimate(absent: noAccuracy)
                : HoldOutEstimate(
                    mean: all.accuracy, variance: all.variance, items: all.items, classes: accuracies.classes),
            forgetting: forgetting.estimate(orAbsent: noComparison),
            forgettingAtRest: forgettingAtRest.estimate(
                orAbsent: forgetting.classes > 0 ? .noClassAtRest : noComparison),
            bwt: bwt.estimate(orAbsent: noComparison), flips: flips, lastFlips: lastFlips, classes: rows)
    }

    private func isAtRest(_ classIndex: Int) -> Bool {
        guard let lastEvaluatedAt, lastLearnedAt[classIndex] >= 0 else { return false }
        return lastEvaluatedAt - lastLearnedAt[classIndex] > settings.restAfter
    }

    private func noComparison(hasItems: Bool, hasPeak: Bool) -> AbsenceReason {
        if hasPeak { return .tooFewItems }
        if !hasItems { return .noHeldOutItems }
        return lastEvaluatedAt == nil ? .notEvaluatedYet : .noPeakYet
    }

    private func row(
        _ classIndex: Int, pooled: Tally, comparison: Comparison, isAtRest: Bool
    ) -> HoldOutClassReport {
        let mine = generations[classIndex]
        let hasItems = mine.contains { !$0.sampleIDs.isEmpty }
        let absent = noComparison(hasItems: hasItems, hasPeak: mine.contains { $0.peak != nil })
        func compared(_ value: Double) -> MetricValue {
            comparison.generations > 0 ? .value(value) : .absent(absent)
        }
        return HoldOutClassReport(
            classIndex: classIndex, labelled: labelled[classIndex], items: pooled.items,
            generations: mine.count, isAtRest: isAtRest,
            recall: pooled.items > 0
                ? .value(pooled.accuracy) : .absent(hasItems ? .notEvaluatedYet : .noHeldOutItems),
            peak: compared(comparison.peak), now: compared(comparison.now),
            forgetting: compared(comparison.peak - comparison.now))
    }
}

/// A mean in which each class counts the same.
private struct MeanOfClasses {
    private var sum = 0.0
    private var variances = 0.0
    private var items = 0
    private(set) var classes = 0

    mutating func add(_ value: Double, variance: Double, items: Int) {
        sum += value
        variances += variance
        self.items += items
        classes += 1
    }

    func estimate(orAbsent reason: AbsenceReason) -> HoldOutEstimate {
        guard classes > 0 else { return HoldOutEstimate(absent: reason) }
        let count = Double(classes)
        return HoldOutEstimate(
            mean: sum / count, variance: variances / (count * count), items: items, classes: classes)
    }
}

/// Peak, first and last accuracy of one class: means over its generations that have a peak and enough items.
private struct Comparison {
    private var sums = (peak: 0.0, first: 0.0, now: 0.0)
    private var variances = (peak: 0.0, first: 0.0, now: 0.0)
    private(set) var generations = 0
    private(set) var items = 0

    mutating func add(_ generation: HoldOutGeneration, minimumItems: Int) {
        guard let peak = generation.peak, let first = generation.first,
            generation.now.items >= minimumItems
        else { return }
        generations += 1
        items += generation.now.items
        sums.peak += peak.accuracy
        sums.first += first.accuracy
        sums.now += generation.now.accuracy
        variances.peak += peak.variance
        variances.first += first.variance
        variances.now += generation.now.variance
    }

    var peak: Double { sums.peak / Double(generations) }
    var first: Double { sums.first / Double(generations) }
    var now: Double { sums.now / Double(generations) }
    var lossVariance: Double { (variances.peak + variances.now) / Double(generations * generations) }
    var gainVariance: Double { (variances.first + variances.now) / Double(generations * generations) }
}
