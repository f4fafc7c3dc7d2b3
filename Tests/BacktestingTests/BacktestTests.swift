import Backtesting
import Evaluation
import Learning
import Tensors
import Testing

@Suite struct BacktestTests {
    private let dimension = 12

    /// Four well separated classes, in no order.
    private func samples(_ count: Int, seed: UInt64) -> Backtest.Samples {
        var random = RandomGenerator(seed: seed)
        let labels = (0..<count).map { _ in random.below(4) }
        let vectors = labels.flatMap { label in
            (0..<dimension).map { Float($0 == label ? 6 : 0) + Float(random.normal()) }
        }
        return Backtest.Samples(
            vectors: vectors, labels: labels.map(String.init), ids: (0..<count).map { "\(seed)-\($0)" },
            dimension: dimension)
    }

    @Test("Orders hold the same rows; by class they come in blocks")
    func orders() {
        let all = samples(200, seed: 1)
        #expect(all.ordered(.asIs, seed: 1).ids == all.ids)
        let shuffled = all.ordered(.shuffled, seed: 1)
        #expect(shuffled.ids != all.ids && shuffled.ids.sorted() == all.ids.sorted())
        let byClass = all.ordered(.byClass, seed: 1)
        #expect(byClass.labels == byClass.labels.sorted() && byClass.ids.sorted() == all.ids.sorted())
    }

    @Test("Forgetting is measured where classes come one after another, and absent elsewhere")
    func forgetting() throws {
        let train = samples(400, seed: 1)
        let test = samples(200, seed: 2)
        let ordered = train.ordered(.byClass, seed: 1)
        let last = try Backtest.run(RepeatLastLabel(), train: ordered, test: test)
        #expect(last.forgetting == .value(1))
        #expect(try #require(last.prequential.number) > 0.98 && last.heldOut < 0.5)
        let shuffled = try Backtest.run(
            RepeatLastLabel(), train: train.ordered(.shuffled, seed: 1), test: test)
        #expect(shuffled.forgetting.number == nil)
    }

    @Test("Weir: by class and shuffled the same model, and little forgetting")
    func weir() throws {
        let train = samples(400, seed: 1)
        let test = samples(200, seed: 2)
        var configuration = LearnerConfiguration(dimension: dimension)
        configuration.memory.codebooks = 32
        configuration.memory.keys = 32
        configuration.memory.keyDimension = 6
        configuration.ensemble.features = 64
        configuration.holdOutFraction = 0
        var fresh = try Learner(configuration: configuration)
        try fresh.initialiseKeys(from: train.vectors)
        var one = fresh
        var other = fresh
        // Far from all four classes.
        let strangers = (0..<50).flatMap { row in (0..<dimension).map { Float($0 == 5 + row % 7 ? 12 : 0) } }
        let scores = try Backtest.run(
            &one, train: train.ordered(.byClass, seed: 3), test: test, strangers: strangers)
        let byClass = scores[0]
        let shuffled = try Backtest.run(&other, train: train.ordered(.shuffled, seed: 3), test: test)[0]
        #expect(byClass.learnedHash == shuffled.learnedHash && byClass.heldOut == shuffled.heldOut)
        #expect(byClass.heldOut > 0.95, "\(byClass.heldOut)")
        #expect(try #require(byClass.forgetting.number) < 0.05)
        #expect(
            scores.dropFirst().map(\.learner)
                == ["counts", "means", "covariance", "ridge"].map { "  \($0) alone" })
        #expect(try #require(byClass.calibrationError).after < 0.05)
        #expect(try #require(byClass.unknownAUROC) > 0.95)
    }
}
