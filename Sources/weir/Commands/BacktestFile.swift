import ArgumentParser
import Evaluation
import Foundation
import Learning
import Memory
import Service
import Tensors

struct BacktestFile: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest",
        abstract: "Run the learner over a file, without Kafka, beside simple learners.",
        discussion: """
            One pass: each sample is predicted, scored, then learned. A part is held out and asked at the end. The
            keys are made from the unlabelled training vectors. A safetensors file with train_emb, train_labels,
            test_emb and test_labels brings its own parts.

              weir backtest digits
              weir backtest digits --order by-class --order shuffled --seeds 5
              weir backtest mine.csv --codebooks 128 --keys 512 --json
            """)

    @Argument(help: "A .csv, .jsonl or .safetensors file, or `digits`.") var file: String
    @Option(help: ArgumentHelp("as-is, shuffled or by-class; may be repeated.", valueName: "order"))
    var order: [Backtest.Order] = [.byClass]
    @Option(help: "The number of seeds: of split, order and keys.") var seeds = 3
    @Option(help: "The part that is held out, when the file brings none.") var held = 0.2
    @Option(help: "C, the number of codebooks.") var codebooks = 128
    @Option(help: "J, the number of keys in each.") var keys = 256
    @Option(help: "K, the dimensions that a codebook sees.") var keyDimension = 8
    @Option(help: "counts or sgd.") var readout = BottleneckConfiguration.ReadoutRule.counts
    @Option(help: "The pseudo-count of counts.") var smoothing = 0.1
    @Option(help: "kmeans or ema.") var keyMethod = BottleneckConfiguration.KeyMethod.kmeans
    @Flag(help: "Leave the simple learners out.") var alone = false
    @Flag(help: "Print JSON, one object a run.") var json = false

    func validate() throws {
        guard (1...1_000).contains(seeds) else { throw ValidationError("--seeds must lie in 1...1000") }
        guard held > 0, held < 1 else { throw ValidationError("--held must lie between 0 and 1") }
    }

    private struct Run {
        let order: Backtest.Order
        let seed: UInt64
        let score: Backtest.Score
    }

    func run() throws {
        var runs: [Run] = []
        for seed in 1...UInt64(seeds) {
            let (train, test) = try parts(seed: seed)
            var configuration = LearnerConfiguration(dimension: train.dimension)
            configuration.memory.codebooks = codebooks
            configuration.memory.keys = keys
            configuration.memory.keyDimension = keyDimension
            configuration.memory.readout = readout
            configuration.memory.learningRate = Double(codebooks) / 2
            configuration.memory.smoothing = smoothing
            configuration.memory.keyMethod = keyMethod
            configuration.memory.seed = seed
            // The held-out part measures; nothing is to be taken from the training part too.
            configuration.holdOutFraction = 0
            var fresh = try Learner(configuration: configuration)
            let showsProgress = Terminal.isInteractive && !json
            try fresh.initialiseKeys(from: train.vectors) { part in
                if showsProgress { Terminal.write("\r\u{1b}[Kkeys, seed \(seed): \(Int(part * 100)) %") }
            }
            if showsProgress { Terminal.write("\r\u{1b}[K") }
            for order in order {
                let stream = train.ordered(order, seed: seed)
                var learner = fresh
                runs.append(
                    Run(
                        order: order, seed: seed, score: try Backtest.run(&learner, train: stream, test: test)
                    ))
                if !alone { runs += try baselines(stream, test, order, seed) }
            }
        }
        if json {
            for run in runs { try printJSON(run) }
        } else {
            printTables(runs)
        }
    }

    private func baselines(
        _ train: Backtest.Samples, _ test: Backtest.Samples, _ order: Backtest.Order, _ seed: UInt64
    ) throws -> [Run] {
        [
            try Backtest.run(RepeatLastLabel(), train: train, test: test),
            try Backtest.run(NearestClassMean(dimension: train.dimension), train: train, test: test),
            try Backtest.run(
                SharedCovariance(dimension: train.dimension), train: train, test: test, predictsOnline: false,
                prepare: { $0.solve() }),
            try Backtest.run(SoftmaxRegression(dimension: train.dimension), train: train, test: test),
        ].map { Run(order: order, seed: seed, score: $0) }
    }

    private func parts(seed: UInt64) throws -> (train: Backtest.Samples, test: Backtest.Samples) {
        if file.hasSuffix(".safetensors"), let tensors = try? Safetensors(path: file),
            tensors.tensors["train_emb"] != nil
        {
            let train = try SampleSource.samples(
                VectorFile(path: file, tensor: "train_emb", labels: "train_labels"))
            let test = try SampleSource.samples(
                VectorFile(path: file, tensor: "test_emb", labels: "test_labels"))
            return (train, test)
        }
        let all = try SampleSource.samples(try SampleSource.load(file))
        var random = RandomGenerator(seed: seed)
        let shuffled = random.permutation(all.labels.count)
        let heldCount = max(1, Int((Double(all.labels.count) * held).rounded(.up)))
        guard heldCount < all.labels.count else {
            throw ServiceError("\(file) has \(all.labels.count) labelled rows: too few to hold some out")
        }
        return (all.rows(Array(shuffled[heldCount...])), all.rows(Array(shuffled[..<heldCount])))
    }

    private func printTables(_ runs: [Run]) {
        for order in order {
            let mine = runs.filter { $0.order == order }
            var names: [String] = []
            for run in mine where !names.contains(run.score.learner) { names.append(run.score.learner) }
            Terminal.line(
                "\(Terminal.bold(file)), \(order.rawValue), one pass, mean of \(seeds) seed\(seeds == 1 ? "" : "s")"
            )
            Terminal.table(
                [
                    "learner", "held out", "balanced", "forgetting", "while learning", "kappa-temporal",
                    "samples/s",
                ],
                names.map { name in
                    let scores = mine.filter { $0.score.learner == name }.map(\.score)
                    func mean(_ values: [Double?]) -> Double? {
                        let present = values.compactMap(\.self)
                        return present.isEmpty ? nil : present.reduce(0, +) / Double(present.count)
                    }
                    return [
                        name, Terminal.fixed(mean(scores.map(\.heldOut)), 4),
                        Terminal.fixed(mean(scores.map(\.heldOutBalanced)), 4),
                        Terminal.fixed(mean(scores.map(\.forgetting.number)), 4),
                        Terminal.fixed(mean(scores.map(\.prequential.number)), 4),
                        Terminal.fixed(mean(scores.map(\.kappaTemporal.number)), 2),
                        Terminal.fixed(mean(scores.map(\.samplesPerSecond)), 0),
                    ]
                })
            Terminal.line()
        }
        Terminal.line(Terminal.bold("what was learned, SHA-256"))
        for seed in 1...UInt64(seeds) {
            let hashes = order.map { order in
                "\(order.rawValue) \(runs.first { $0.seed == seed && $0.order == order && $0.score.learnedHash != nil }?.score.learnedHash?.prefix(16) ?? "")"
            }
            Terminal.line("seed \(seed): \(hashes.joined(separator: ", "))")
        }
    }

    private func printJSON(_ run: Run) throws {
        var object: [String: Any] = [
            "file": file, "order": run.order.rawValue, "seed": run.seed, "learner": run.score.learner,
            "held_out": run.score.heldOut, "held_out_balanced": run.score.heldOutBalanced,
            "samples_per_second": run.score.samplesPerSecond,
        ]
        object["forgetting_chaudhry2018"] = run.score.forgetting.number
        object["prequential"] = run.score.prequential.number
        object["kappa_temporal"] = run.score.kappaTemporal.number
        object["learned_hash"] = run.score.learnedHash
        let data = try JSONSerialization.data(
            withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
        Terminal.line(String(decoding: data, as: UTF8.self))
    }
}

extension BottleneckConfiguration.ReadoutRule: ExpressibleByArgument {}
extension BottleneckConfiguration.KeyMethod: ExpressibleByArgument {}
