import Evaluation
import Foundation
import TestSupport
import Testing

@Suite struct PrequentialMetricsTests {
    private func isClose(_ a: Double?, _ b: Double?, _ tolerance: Double = 1e-9) -> Bool {
        switch (a, b) {
        case (nil, nil): true
        case (let a?, let b?): abs(a - b) <= tolerance * max(1, abs(b))
        default: false
        }
    }

    @Test func knownConfusionGivesTheKappaWorkedByHand() throws {
        // Actual 0: 20 right, 5 taken for 1. Actual 1: 10 taken for 0, 15 right. p0 = .7, pe = .5 x .6 + .5 x .4.
        var metrics = try PrequentialMetrics()
        metrics.record(actual: 0, predicted: 0, weight: 20)
        metrics.record(actual: 0, predicted: 1, weight: 5)
        metrics.record(actual: 1, predicted: 0, weight: 10)
        metrics.record(actual: 1, predicted: 1, weight: 15)
        #expect(metrics.cumulative.samples == 4)
        #expect(metrics.cumulative.weight == 50)
        #expect(metrics.cumulative.accuracy == .value(0.7))
        #expect(isClose(metrics.cumulative.kappa.number, 0.4))
        #expect(metrics.cumulative.balancedAccuracy == .value((0.8 + 0.6) / 2))
        // Repeating the label: wrong on the first 20, right on 5, wrong on 10, right on 15.
        #expect(isClose(metrics.cumulative.kappaTemporal.number, (0.7 - 0.4) / 0.6))
        // Majority so far: none, 0, 0, 0: right on 5 of 50.
        #expect(isClose(metrics.cumulative.kappaMajority.number, (0.7 - 0.1) / 0.9))
        #expect(metrics.cumulative.recall(ofClass: 0) == .value(0.8))
        #expect(metrics.cumulative.weight(ofClass: 1) == 25)
        #expect(metrics.cumulative.classesSeen == 2)
    }

    @Test(arguments: [UInt64](1...6))
    func randomStreamsGiveWhatTheFormulasGive(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let window = Int.random(in: 1...60, using: &random)
        let classes = Int.random(in: 1...12, using: &random)
        var metrics = try PrequentialMetrics(window: window)
        var stream = RecordedStream()
        var actual = 0
        for step in 0..<600 {
            // Runs of labels, and classes that appear late.
            if Int.random(in: 0..<4, using: &random) == 0 {
                actual = Int.random(in: 0..<min(classes, 1 + step / 20), using: &random)
            }
            let predicted: Int? =
                switch Int.random(in: 0..<10, using: &random) {
                case 0: nil
                case 1...4: Int.random(in: 0..<(classes + 2), using: &random)
                default: actual
                }
            let weight = Int.random(in: 1...5, using: &random)
            metrics.record(actual: actual, predicted: predicted, weight: weight)
            stream.record(actual: actual, predicted: predicted, weight: weight)
            guard step % 17 == 0 || step < 5 else { continue }
            for (totals, count) in [(metrics.cumulative, step + 1), (metrics.windowed, window)] {
                let expected = stream.metrics(last: count)
                for (index, value) in totals.metrics.enumerated() {
                    if value.number == nil { #expect(value.reason == .fewerThanTwoClasses, "seed \(seed)") }
                    #expect(
                        isClose(value.number, expected[index]),
                        "seed \(seed) step \(step) last \(count): \(RecordedStream.names[index]) \(value)")
                }
            }
            let part = stream.samples.suffix(window)
            #expect(metrics.windowed.samples == part.count, "seed \(seed)")
            for index in 0..<classes {
                let mine = part.filter { $0.actual == index }
                let all = mine.reduce(0) { $0 + $1.weight }
                let right = mine.filter { $0.predicted == index }.reduce(0) { $0 + $1.weight }
                #expect(metrics.windowed.weight(ofClass: index) == all, "seed \(seed) step \(step)")
                #expect(
                    metrics.windowed.recall(ofClass: index)
                        == (all == 0 ? .absent(.classNotSeen) : .value(Double(right) / Double(all))),
                    "seed \(seed) step \(step) class \(index)")
            }
        }
    }

    @Test func repeatingTheLastLabelHasKappaTemporalZeroHoweverHighItsAccuracy() throws {
        var metrics = try PrequentialMetrics(window: 300)
        var last: Int?
        for step in 0..<2000 {
            let actual = step / 200  // class after class
            metrics.record(actual: actual, predicted: last)
            last = actual
        }
        #expect(metrics.cumulative.accuracy == .value(0.995))
        #expect(metrics.cumulative.kappaTemporal == .value(0))
        #expect(metrics.windowed.kappaTemporal == .value(0))
        #expect(isClose(metrics.cumulative.balancedAccuracy.number, 0.995))
    }

    @Test func answeringTheMajoritySoFarHasKappaMajorityZero() throws {
        let seed: UInt64 = 11
        var random = SplitMix64(seed: seed)
        var metrics = try PrequentialMetrics(window: 100)
        var weights = [0, 0, 0]
        for _ in 0..<1000 {
            let actual = [0, 1, 1, 2].randomElement(using: &random) ?? 0
            let top = weights.max() ?? 0
            metrics.record(actual: actual, predicted: top == 0 ? nil : weights.firstIndex(of: top))
            weights[actual] += 1
        }
        #expect(metrics.cumulative.kappaMajority == .value(0), "seed \(seed)")
        #expect(metrics.windowed.kappaMajority == .value(0), "seed \(seed)")
    }

    @Test func alwaysAnsweringOneClassIsNoBetterThanChance() throws {
        var metrics = try PrequentialMetrics()
        for step in 0..<100 { metrics.record(actual: step % 10 == 0 ? 1 : 0, predicted: 0) }
        #expect(metrics.cumulative.accuracy == .value(0.9))
        #expect(metrics.cumulative.kappa == .value(0))
        #expect(metrics.cumulative.balancedAccuracy == .value(0.5))
    }

    @Test func whatHasNoDenominatorIsAbsentWithAReason() throws {
        var metrics = try PrequentialMetrics(window: 2)
        for value in metrics.cumulative.metrics { #expect(value == .absent(.noLabelsYet)) }
        #expect(metrics.cumulative.recall(ofClass: 3) == .absent(.classNotSeen))
        for _ in 0..<3 { metrics.record(actual: 5, predicted: 5) }
        #expect(metrics.cumulative.kappa == .absent(.fewerThanTwoClasses))
        #expect(metrics.cumulative.kappaTemporal == .value(1))
        #expect(metrics.windowed.kappaTemporal == .absent(.fewerThanTwoClasses))
        #expect(metrics.windowed.kappaMajority == .absent(.fewerThanTwoClasses))
        #expect(metrics.cumulative.recall(ofClass: 0) == .absent(.classNotSeen))
    }

    @Test func theMajorityIsThatOfAllSamplesSoFarAndATieGoesToTheLowerIndex() throws {
        var metrics = try PrequentialMetrics(window: 2)
        for (actual, predicted, weight, expected) in [
            (1, 1, 1, 1.0),  // no majority yet: wrong
            (0, 0, 1, 1.0),  // majority 1: wrong
            (0, nil, 1, 0.5 - 0.5),  // a tie of one each goes to 0: right
            (1, nil, 1, (0 - 0.5) / 0.5),  // majority 0: wrong
            (1, 1, 1, (0.5 - 0) / 1),  // a tie of two each goes to 0: wrong
            (1, 0, 1, (0.5 - 0.5) / 0.5),  // majority 1: right
            (0, 0, 9, (0.9 - 0.1) / 0.9),  // majority 1: wrong
            (0, nil, 1, (0.9 - 0.1) / 0.9),  // majority 0 by weight: right
        ] as [(Int, Int?, Int, Double)] {
            metrics.record(actual: actual, predicted: predicted, weight: weight)
            #expect(isClose(metrics.windowed.kappaMajority.number, expected), "\(metrics.cumulative.samples)")
        }
        #expect(metrics.windowed.abstainRatio == .value(0.1))
    }

    @Test func savedAndLoadedMidwayItGoesOnAsIfNothingHappened() throws {
        let seed: UInt64 = 21
        var random = SplitMix64(seed: seed)
        var metrics = try PrequentialMetrics(window: 50)
        for step in 0..<400 {
            let actual = Int.random(in: 0..<(1 + step / 10), using: &random)
            let predicted = step % 7 == 0 ? nil : Int.random(in: 0..<40, using: &random)
            if [0, 1, 49, 50, 51, 333].contains(step) {
                var loaded = try #require(try roundTripped(metrics), "seed \(seed) step \(step)")
                #expect(loaded == metrics, "seed \(seed) step \(step)")
                loaded.record(actual: actual, predicted: predicted)
                metrics.record(actual: actual, predicted: predicted)
                #expect(loaded == metrics, "seed \(seed) step \(step)")
                metrics = loaded
            } else {
                metrics.record(actual: actual, predicted: predicted)
            }
        }
    }

    @Test func aContradictoryStateIsRefused() throws {
        var metrics = try PrequentialMetrics(window: 3)
        for actual in 0..<5 { metrics.record(actual: actual, predicted: actual) }
        #expect(throws: EvaluationError.self) {
            try decoded(metrics, replacing: "\"next\":2", by: "\"next\":3")
        }
        #expect(throws: EvaluationError.self) {
            try decoded(metrics, replacing: "\"capacity\":3", by: "\"capacity\":2")
        }
        #expect(throws: EvaluationError.self) {
            try decoded(metrics, replacing: "\"actual\":[3,4,2]", by: "\"actual\":[3,4,200]")
        }
    }

    @Test(arguments: [0, -1, EvaluationLimits.window + 1])
    func anUnusableWindowIsAnError(window: Int) {
        let error = #expect(throws: EvaluationError.self) { try PrequentialMetrics(window: window) }
        #expect(error?.code == .invalidSetting)
        #expect(error?.message.contains("\(window)") == true)
    }

    @Test func thousandsOfClassesSaveInKilobytes() throws {
        var metrics = try PrequentialMetrics(window: 100)
        for index in 0..<20_000 { metrics.record(actual: index, predicted: (index * 7) % 20_000) }
        #expect(metrics.cumulative.classesSeen == 20_000)
        // Three short integers a class, where a confusion matrix would hold 400 million.
        #expect(try JSONEncoder().encode(metrics).count < 400_000)
    }
}
