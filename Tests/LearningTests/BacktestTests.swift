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
        let mean = try Backtest.run(NearestClassMean(dimension: dimension), train: ordered, test: test)
        #expect(try #require(mean.forgetting.number) < 0.05 && mean.heldOut > 0.95)
        let shuffled = try Backtest.run(
            RepeatLastLabel(), train: train.ordered(.shuffled, seed: 1), test: test)
        #expect(shuffled.forgetting.number == nil)
    }

    @Test("Shared covariance finds what the mean cannot: classes apart in a direction of little noise")
    func sharedCovariance() throws {
        var random = RandomGenerator(seed: 5)
        func make(_ count: Int) -> Backtest.Samples {
            var vectors: [Float] = []
            var labels: [String] = []
            for index in 0..<count {
                labels.append("\(index % 2)")
                vectors += [Float(random.normal() * 20), Float(index % 2) + Float(random.normal() * 0.1)]
            }
            return Backtest.Samples(
                vectors: vectors, labels: labels, ids: labels.indices.map(String.init), dimension: 2)
        }
        let (train, test) = (make(400), make(200))
        let covariance = try Backtest.run(
            SharedCovariance(dimension: 2), train: train, test: test, predictsOnline: false,
            prepare: { $0.solve() })
        let mean = try Backtest.run(NearestClassMean(dimension: 2), train: train, test: test)
        #expect(covariance.heldOut > 0.99 && mean.heldOut < 0.8, "\(covariance.heldOut), \(mean.heldOut)")
    }

    @Test("Weir: by class and shuffled the same model, and little forgetting")
    func weir() throws {
        let train = samples(400, seed: 1)
        let test = samples(200, seed: 2)
        var configuration = LearnerConfiguration(dimension: dimension)
        configuration.memory.codebooks = 32
        configuration.memory.keys = 32
        configuration.memory.keyDimension = 6
        configuration.holdOutFraction = 0
        var fresh = try Learner(configuration: configuration)
        try fresh.initialiseKeys(from: train.vectors)
        var one = fresh
        var other = fresh
        let byClass = try Backtest.run(&one, train: train.ordered(.byClass, seed: 3), test: test)
        let shuffled = try Backtest.run(&other, train: train.ordered(.shuffled, seed: 3), test: test)
        #expect(byClass.learnedHash == shuffled.learnedHash && byClass.heldOut == shuffled.heldOut)
        #expect(byClass.heldOut > 0.95, "\(byClass.heldOut)")
        #expect(try #require(byClass.forgetting.number) < 0.05)
    }
}
