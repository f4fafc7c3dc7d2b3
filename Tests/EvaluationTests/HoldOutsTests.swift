import Evaluation
import Foundation
import TestSupport
import Testing

/// What the saved state shows of the generations; the public report only counts them.
private struct SavedHoldOuts: Decodable {
    struct Generation: Decodable {
        let number: Int
        let sampleIDs: [String]
        let isFrozen: Bool
    }
    let generations: [[Generation]]

    init(_ holdOuts: HoldOuts<[UInt16]>) throws {
        self = try JSONDecoder().decode(Self.self, from: JSONEncoder().encode(holdOuts))
    }

    var ids: Set<String> { Set(generations.joined().flatMap(\.sampleIDs)) }
}

@Suite struct HoldOutsTests {
    private func settings(
        fraction: Double = 1, learnedFirst: Int = 0, items: Int = 20, length: Int = 10_000, limit: Int = 4,
        minimum: Int = 5, rest: Int = 500, interval: Int = 500, itemLimit: Int = 20_000
    ) throws -> HoldOutSettings {
        try HoldOutSettings(
            streamSeed: 42, fraction: fraction, learnedFirst: learnedFirst, itemsPerGeneration: items,
            generationLength: length, generationLimit: limit, minimumItems: minimum, restAfter: rest,
            evaluationInterval: interval, itemLimit: itemLimit)
    }

    /// Passes one labelled sample through, as the learner does. Gives back whether it was diverted.
    @discardableResult
    private func pass(
        _ id: String, _ classIndex: Int, role: SampleRole = .auto, payload: [UInt16] = [],
        at position: Int = 0,
        through holdOuts: inout HoldOuts<[UInt16]>
    ) -> Bool {
        let diverts = holdOuts.wouldDivert(sampleID: id, classIndex: classIndex, role: role)
        if diverts {
            holdOuts.add(sampleID: id, classIndex: classIndex, payload: payload)
        } else {
            holdOuts.noteLearned(classIndex: classIndex, at: position)
        }
        return diverts
    }

    private func close(_ value: MetricValue, _ number: Double) -> Bool {
        abs((value.number ?? .infinity) - number) < 1e-12
    }

    // MARK: The choice

    @Test func choosesByHashAndNothingElse() {
        func chosen(_ seed: UInt64) -> [Int] {
            (0..<100).filter {
                HoldOuts<[UInt16]>.isHeldOut(streamSeed: seed, sampleID: "sample-\($0)", fraction: 0.1)
            }
        }
        // Made with the reference implementation of xxHash64.
        #expect(chosen(0) == [17, 66, 76, 85, 94])
        #expect(chosen(42) == [8, 21, 24, 33, 34, 47, 48, 49, 56, 57, 91, 95, 98])
        let ids = (0..<1000).map { "x\($0)" }
        #expect(!ids.contains { HoldOuts<[UInt16]>.isHeldOut(streamSeed: 1, sampleID: $0, fraction: 0) })
        #expect(ids.allSatisfy { HoldOuts<[UInt16]>.isHeldOut(streamSeed: 1, sampleID: $0, fraction: 1) })
        let share = (0..<20_000).count {
            HoldOuts<[UInt16]>.isHeldOut(streamSeed: 9, sampleID: "é-\($0)", fraction: 0.05)
        }
        #expect((850...1150).contains(share))
    }

    @Test func theFirstOfAClassAreLearnedAndThenTheGenerationFillsUpToItsCap() throws {
        var holdOuts = HoldOuts<[UInt16]>(settings: try settings(learnedFirst: 3, items: 5))
        let diverted = (0..<12).map { pass("a\($0)", 2, through: &holdOuts) }
        #expect(
            diverted == [false, false, false] + Array(repeating: true, count: 5)
                + Array(repeating: false, count: 4))
        #expect(holdOuts.itemCount == 5)
        #expect(!holdOuts.wouldDivert(sampleID: "b", classIndex: 0, role: .auto))
        #expect(!holdOuts.wouldDivert(sampleID: "b", classIndex: 77, role: .auto))
    }

    @Test func aProducerCanForceEitherWay() throws {
        var holdOuts = HoldOuts<[UInt16]>(settings: try settings(items: 2, minimum: 1))
        let diverted1 = pass("t", 0, role: .train, through: &holdOuts)
        #expect(!diverted1)
        #expect(holdOuts.itemCount == 0)
        let diverted2 = pass("h0", 1, role: .holdout, through: &holdOuts)
        #expect(diverted2)
        let diverted3 = pass("h1", 1, role: .holdout, through: &holdOuts)
        #expect(diverted3)
        // The third has no place. It is still not learned.
        #expect(holdOuts.wouldDivert(sampleID: "h2", classIndex: 1, role: .holdout))
        let wasKept = holdOuts.add(sampleID: "h2", classIndex: 1, payload: [])
        #expect(!wasKept)
        #expect(holdOuts.itemCount == 2)
        #expect(holdOuts.report().classes.map(\.labelled) == [1, 3])
    }

    @Test func askingChangesNothingAndASampleDeliveredTwiceIsNotLearned() throws {
        var holdOuts = HoldOuts<[UInt16]>(settings: try settings(items: 2, minimum: 1))
        pass("a", 0, through: &holdOuts)
        pass("b", 0, through: &holdOuts)
        let before = holdOuts
        #expect(holdOuts.wouldDivert(sampleID: "a", classIndex: 0, role: .auto))
        #expect(!holdOuts.wouldDivert(sampleID: "c", classIndex: 0, role: .auto))
        _ = holdOuts.isDue(at: 10_000)
        _ = holdOuts.report()
        let wasKept = holdOuts.add(sampleID: "a", classIndex: 0, payload: [9])
        #expect(!wasKept)
        #expect(holdOuts == before)
    }

    @Test(arguments: [UInt64](1...3))
    func aReplayAlsoFromASnapshotChoosesTheSameAndEndsInTheSameState(seed: UInt64) throws {
        let settings = try settings(fraction: 0.1, learnedFirst: 3, items: 6, length: 150)
        var random = SplitMix64(seed: seed)
        let labels = (0..<4000).map { _ in Int.random(in: 0..<5, using: &random) }
        func play(from start: HoldOuts<[UInt16]>, _ range: Range<Int>) throws -> HoldOuts<[UInt16]> {
            var holdOuts = start
            for position in range {
                let id = "s-\(position)"
                let wasDiverted = pass(
                    id, labels[position], payload: [UInt16(position)], at: position, through: &holdOuts)
                if wasDiverted {
                    #expect(HoldOuts<[UInt16]>.isHeldOut(streamSeed: 42, sampleID: id, fraction: 0.1))
                }
                if holdOuts.isDue(at: position) {
                    holdOuts.evaluate(at: position) { Int($0[0]) % 3 == 0 ? Int($0[0]) % 5 : nil }
                }
            }
            return holdOuts
        }
        let empty = HoldOuts<[UInt16]>(settings: settings)
        let whole = try play(from: empty, 0..<4000)
        #expect(try play(from: empty, 0..<4000) == whole, "seed \(seed)")
        for cut in [1, 777, 2500] {
            let saved = try play(from: empty, 0..<cut)
            let loaded = try #require(try roundTripped(saved), "seed \(seed) cut \(cut)")
            #expect(loaded == saved, "seed \(seed) cut \(cut)")
            #expect(try play(from: loaded, cut..<4000) == whole, "seed \(seed) cut \(cut)")
        }
        #expect(whole.flips >= 0 && whole.lastEvaluatedAt != nil)
    }

    // MARK: Generations

    @Test(arguments: [2, 3, 4, 6])
    func generationsAreBoundedFrozenAndSpreadOverTheHistory(limit: Int) throws {
        var holdOuts = HoldOuts<[UInt16]>(
            settings: try settings(items: 2, length: 10, limit: limit, minimum: 1))
        var frozen: [Int: [String]] = [:]
        for position in 0..<3000 {
            pass("s\(position)", 0, at: position, through: &holdOuts)
            #expect(holdOuts.itemCount <= 2 * limit)
            guard position % 10 == 9 else { continue }
            let generations = try SavedHoldOuts(holdOuts).generations[0]
            let numbers = generations.map(\.number)
            #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count)
            #expect(numbers.count == min(limit, position / 10 + 1))
            #expect(numbers.first == 0 && numbers.last == position / 10)
            #expect(generations.reduce(0) { $0 + $1.sampleIDs.count } == holdOuts.itemCount)
            for generation in generations {
                // A frozen yardstick never moves.
                #expect(generation.isFrozen && generation.sampleIDs.count == 2)
                #expect(frozen[generation.number] ?? generation.sampleIDs == generation.sampleIDs)
                frozen[generation.number] = generation.sampleIDs
            }
            if limit > 2, position > 1000 {
                // On a log scale of age no gap is twice as wide as if they were spread evenly.
                let ages = numbers.map { Double(position / 10 - $0 + 1) }
                let gaps = zip(ages, ages.dropFirst()).map { log($0 / $1) }
                #expect((gaps.max() ?? 0) <= 2 * log(ages[0]) / Double(limit - 1), "\(numbers)")
            }
        }
    }

    @Test func ofEqualGapsTheYoungerGenerationGoes() throws {
        var holdOuts = HoldOuts<[UInt16]>(settings: try settings(items: 1, length: 1, minimum: 1))
        var kept: [[Int]] = []
        for position in 0..<10 {
            pass("s\(position)", 0, through: &holdOuts)
            kept.append(try SavedHoldOuts(holdOuts).generations[0].map(\.number))
        }
        #expect(kept.suffix(3) == [[0, 4, 6, 7], [0, 4, 7, 8], [0, 4, 7, 9]])
    }

    @Test func theItemsOfAllClassesTogetherAreBounded() throws {
        var holdOuts = HoldOuts<[UInt16]>(settings: try settings(items: 5, itemLimit: 12))
        for position in 0..<1000 { pass("s\(position)", position % 50, through: &holdOuts) }
        #expect(holdOuts.itemCount == 12)
        pass("forced", 49, role: .holdout, through: &holdOuts)
        #expect(holdOuts.itemCount == 12)
    }

    @Test func aDeletedSampleIsGoneAndItsPlaceIsNotFilledAgain() throws {
        var holdOuts = HoldOuts<[UInt16]>(settings: try settings(items: 3, minimum: 3))
        for id in ["a", "b", "c"] { pass(id, 1, payload: id == "a" ? [0] : [1], through: &holdOuts) }
        holdOuts.evaluate(at: 500) { Int($0[0]) }
        #expect(close(holdOuts.report().accuracy.value, 2.0 / 3))
        let wereRemoved = ["a", "a", "never seen"].map { holdOuts.remove(sampleID: $0) }
        #expect(wereRemoved == [true, false, false])
        #expect(try SavedHoldOuts(holdOuts).ids == ["b", "c"])
        #expect(holdOuts.itemCount == 2)
        #expect(holdOuts.report().accuracy.value == .value(1))
        #expect(!holdOuts.wouldDivert(sampleID: "d", classIndex: 1, role: .auto))
        // A comparison needs three items.
        #expect(holdOuts.report().forgetting.value == .absent(.tooFewItems))
        #expect(holdOuts.report().classes[0].forgetting == .absent(.tooFewItems))
        holdOuts.remove(sampleID: "b")
        #expect(holdOuts.report().accuracy.value == .value(1))
        #expect(holdOuts.report().accuracy.items == 1)
        holdOuts.remove(sampleID: "c")
        #expect(holdOuts.report().accuracy.value == .absent(.noHeldOutItems))
    }

    @Test func aPeekSaysWhatAnEvaluationWouldAndChangesNothing() throws {
        var holdOuts = HoldOuts<[UInt16]>(settings: try settings())
        for number in 0..<60 { pass("s\(number)", number % 3, payload: [UInt16(number)], through: &holdOuts) }
        for (round, modulus) in [2, 3, 5, 4].enumerated() {
            func predict(_ payload: [UInt16]) -> Int? {
                Int(payload[0]) % modulus == 0 ? nil : Int(payload[0]) % 3
            }
            let before = holdOuts
            let peek = holdOuts.peek(at: 100 * round, predict: predict)
            #expect(holdOuts == before)
            holdOuts.evaluate(at: 100 * round, predict: predict)
            #expect(holdOuts.report() == peek && peek != before.report())
        }
    }

    @Test func anEvaluationAsksForThePayloadsOfTheSamplesThatAreKept() throws {
        var holdOuts = HoldOuts<[UInt16]>(settings: try settings(items: 3, length: 5, limit: 3, minimum: 1))
        for position in 0..<200 as Range<UInt16> {
            pass("s\(position)", Int(position) % 3, payload: [position], through: &holdOuts)
            // A deletion now and then, of a sample that may be held out or not.
            if position % 7 == 6 { holdOuts.remove(sampleID: "s\(position / 2)") }
            var asked: [String] = []
            holdOuts.evaluate(at: Int(position)) {
                asked.append("s\($0[0])")
                return nil
            }
            let kept = try SavedHoldOuts(holdOuts).generations.joined().flatMap(\.sampleIDs)
            #expect(asked == kept, "\(position)")
            #expect(asked.count == holdOuts.itemCount, "\(position)")
        }
        #expect(holdOuts.itemCount > 9)
    }

    // MARK: Evaluation

    @Test func peakFirstNowAndFlipsFollowTheEvaluations() throws {
        var holdOuts = HoldOuts<[UInt16]>(settings: try settings(items: 5))
        // Class 0 holds the payloads 0...4, class 1 holds 10...14.
        for item in 0..<5 as Range<UInt16> {
            pass("a\(item)", 0, payload: [item], through: &holdOuts)
            pass("b\(item)", 1, payload: [10 + item], through: &holdOuts)
        }
        /// Answers right for the first `right` items of each class.
        func evaluate(at position: Int, right: (Int, Int)) {
            holdOuts.evaluate(at: position) { payload in
                let item = Int(payload[0])
                return item < 10 ? (item < right.0 ? 0 : 1) : (item - 10 < right.1 ? 1 : nil)
            }
        }
        evaluate(at: 500, right: (3, 1))
        var report = holdOuts.report()
        #expect(close(report.forgetting.value, 0))
        #expect(close(report.bwt.value, 0))
        #expect(close(report.balancedAccuracy.value, 0.4))
        evaluate(at: 1000, right: (5, 2))
        #expect(holdOuts.flips == 0)
        evaluate(at: 1500, right: (1, 2))
        report = holdOuts.report()
        #expect(report.evaluatedAt == 1500)
        // Class 0: first .6, peak 1, now .2. Class 1: first .2, peak .4, now .4.
        #expect(close(report.forgetting.value, (0.8 + 0) / 2))
        #expect(close(report.bwt.value, (-0.4 + 0.2) / 2))
        #expect(close(report.balancedAccuracy.value, 0.3))
        #expect(close(report.accuracy.value, 0.3))
        #expect(report.flips == 4 && report.lastFlips == 4)
        #expect(report.items == 10 && report.forgetting.items == 10 && report.forgetting.classes == 2)
        #expect(close(report.classes[0].peak, 1))
        #expect(close(report.classes[0].now, 0.2))
        #expect(close(report.classes[0].forgetting, 0.8))
        #expect(close(report.classes[0].recall, 0.2))
        #expect(report.classes[1].items == 5)
        evaluate(at: 2000, right: (0, 0))
        #expect(holdOuts.flips == 4 + 3 && holdOuts.lastFlips == 3)
        // Agresti-Coull: peaks 5 and 2 of 5, now none of 5; each p(1 - p) / 9 with two right and two wrong added.
        func variance(_ correct: Double) -> Double { (correct + 2) / 9 * (7 - correct) / 9 / 9 }
        let expected = 1.96 * ((variance(5) + variance(2) + 2 * variance(0)) / 4).squareRoot()
        #expect(close(holdOuts.report().forgetting.halfWidth95, expected))
    }

    @Test func generationsOfAClassAreMeanedBeforeClasses() throws {
        var holdOuts = HoldOuts<[UInt16]>(settings: try settings(items: 1, length: 2, minimum: 1))
        for item in 0..<4 as Range<UInt16> { pass("a\(item)", 0, payload: [item], through: &holdOuts) }
        pass("b", 1, payload: [9], through: &holdOuts)
        #expect(holdOuts.itemCount == 3)
        holdOuts.evaluate(at: 1) { $0[0] == 9 ? 1 : 0 }
        holdOuts.evaluate(at: 2) { $0[0] == 0 ? 1 : ($0[0] == 9 ? 0 : 0) }
        let report = holdOuts.report()
        // Class 0 lost one of two generations, class 1 its only one.
        #expect(close(report.forgetting.value, (0.5 + 1) / 2))
        #expect(report.classes[0].generations == 2)
        #expect(close(report.accuracy.value, 1.0 / 3))
        #expect(close(report.balancedAccuracy.value, 0.25))
    }

    @Test func onlyClassesNotLearnedForLongAreAtRest() throws {
        var holdOuts = HoldOuts<[UInt16]>(settings: try settings(items: 1, minimum: 1, rest: 500))
        for classIndex in 0..<3 {
            pass("h\(classIndex)", classIndex, payload: [UInt16(classIndex)], through: &holdOuts)
        }
        holdOuts.noteLearned(classIndex: 0, at: 99)
        holdOuts.noteLearned(classIndex: 1, at: 100)
        holdOuts.evaluate(at: 1) { Int($0[0]) }
        #expect(holdOuts.report().forgettingAtRest.value == .absent(.noClassAtRest))
        holdOuts.evaluate(at: 600) { _ in nil }
        let report = holdOuts.report()
        // Class 2 never learned anything, so it has nothing to forget.
        #expect(report.classes.map(\.isAtRest) == [true, false, false])
        #expect(report.forgettingAtRest.classes == 1)
        #expect(close(report.forgettingAtRest.value, 1))
        #expect(report.forgetting.classes == 3)
    }

    @Test func whatIsNotKnownYetIsAbsentWithAReason() throws {
        var holdOuts = HoldOuts<[UInt16]>(settings: try settings())
        #expect(holdOuts.report().accuracy.value == .absent(.noHeldOutItems))
        #expect(holdOuts.report().forgetting.value == .absent(.noHeldOutItems))
        for item in 0..<4 { pass("a\(item)", 0, through: &holdOuts) }
        #expect(holdOuts.report().balancedAccuracy.value == .absent(.notEvaluatedYet))
        #expect(holdOuts.report().classes[0].recall == .absent(.notEvaluatedYet))
        holdOuts.evaluate(at: 500) { _ in 0 }
        let report = holdOuts.report()
        #expect(report.accuracy.value == .value(1))
        // Four items are too few for a peak.
        #expect(report.forgetting.value == .absent(.noPeakYet))
        #expect(report.forgetting.halfWidth95 == .absent(.noPeakYet))
        #expect(report.classes[0].peak == .absent(.noPeakYet))
        pass("a4", 0, through: &holdOuts)
        holdOuts.evaluate(at: 1000) { _ in 0 }
        #expect(holdOuts.report().forgetting.value == .value(0))
        #expect(try roundTripped(holdOuts.report()) == holdOuts.report())
    }

    @Test func evaluatingCostsAtMostOneReadoutASample() throws {
        var holdOuts = HoldOuts<[UInt16]>(settings: try settings(items: 1000, interval: 50))
        #expect(!holdOuts.isDue(at: 1_000_000))
        var readouts = 0
        var evaluations: [Int] = []
        for position in 1...3000 {
            pass("s\(position)", position % 3, role: position % 4 == 0 ? .train : .auto, through: &holdOuts)
            guard holdOuts.isDue(at: position) else { continue }
            holdOuts.evaluate(at: position) { _ in
                readouts += 1
                return nil
            }
            evaluations.append(position)
            #expect(readouts <= position)
        }
        #expect(evaluations.first == 50)
        #expect(zip(evaluations, evaluations.dropFirst()).allSatisfy { $1 - $0 >= 50 })
        #expect(evaluations.count == 3)
    }

    @Test func inClassOrderALearnerThatRepeatsTheLastLabelScoresHighAndIsFoundOut() throws {
        var holdOuts = HoldOuts<[UInt16]>(settings: try settings(fraction: 0.1, learnedFirst: 3))
        var metrics = try PrequentialMetrics()
        var last: Int?
        for position in 0..<10_000 {
            let label = position / 1000
            metrics.record(actual: label, predicted: last)
            if !pass("s\(position)", label, at: position, through: &holdOuts) { last = label }
            if holdOuts.isDue(at: position) {
                let answer = last
                holdOuts.evaluate(at: position) { _ in answer }
            }
        }
        let answer = last
        holdOuts.evaluate(at: 10_000) { _ in answer }
        let report = holdOuts.report()
        #expect((metrics.cumulative.accuracy.number ?? 0) > 0.99)
        #expect(report.items == 200)
        #expect(close(report.balancedAccuracy.value, 0.1))
        // Nine of ten classes were right once and are all wrong now; each of their 20 items flipped.
        #expect(close(report.forgetting.value, 0.9))
        #expect(close(report.forgettingAtRest.value, 1))
        #expect(report.forgettingAtRest.classes == 9)
        #expect(report.flips == 180)
    }

    @Test func aLearnerThatForgetsNothingShowsNone() throws {
        var holdOuts = HoldOuts<[UInt16]>(settings: try settings(fraction: 0.1, learnedFirst: 3))
        var known: Set<Int> = []
        for position in 0..<10_000 {
            let label = position / 1000
            if !pass("s\(position)", label, payload: [UInt16(label)], at: position, through: &holdOuts) {
                known.insert(label)
            }
            if holdOuts.isDue(at: position) {
                holdOuts.evaluate(at: position) { known.contains(Int($0[0])) ? Int($0[0]) : nil }
            }
        }
        #expect(holdOuts.report().forgetting.value == .value(0))
        #expect(holdOuts.report().balancedAccuracy.value == .value(1))
        #expect(holdOuts.flips == 0)
    }

    // MARK: Settings and states

    @Test func settingsOutOfRangeAreNamed() throws {
        let refused: [(String, () throws -> HoldOutSettings)] = [
            ("fraction", { try settings(fraction: 1.5) }), ("fraction", { try settings(fraction: .nan) }),
            ("learnedFirst", { try settings(learnedFirst: -1) }),
            ("itemsPerGeneration", { try settings(items: 0) }),
            ("generationLength", { try settings(length: 0) }),
            ("generationLimit", { try settings(limit: 1) }),
            ("minimumItems", { try settings(items: 4, minimum: 5) }),
            ("restAfter", { try settings(rest: -1) }), ("evaluationInterval", { try settings(interval: 0) }),
            ("itemLimit", { try settings(itemLimit: -1) }),
        ]
        for (name, make) in refused {
            let error = #expect(throws: EvaluationError.self) { try make() }
            #expect(error?.code == .invalidSetting)
            #expect(error?.message.contains(name) == true, "\(name)")
        }
        let largeSeed = try HoldOutSettings(streamSeed: .max, fraction: 0.1)
        #expect(try roundTripped(largeSeed) == largeSeed)
    }

    @Test func aContradictoryStateIsRefused() throws {
        var holdOuts = HoldOuts<[UInt16]>(settings: try settings())
        for item in 0..<7 { pass("a\(item)", 0, through: &holdOuts) }
        #expect(throws: EvaluationError.self) {
            try decoded(holdOuts, replacing: "\"itemCount\":7", by: "\"itemCount\":8")
        }
        #expect(throws: EvaluationError.self) {
            try decoded(holdOuts, replacing: "\"payloads\":[[[[],", by: "\"payloads\":[[[")
        }
        #expect(throws: EvaluationError.self) {
            try decoded(holdOuts, replacing: "\"labelled\":[7]", by: "\"labelled\":[7,1]")
        }
        #expect(throws: EvaluationError.self) {
            try decoded(holdOuts, replacing: "\"generationLimit\":4", by: "\"generationLimit\":0")
        }
    }
}
