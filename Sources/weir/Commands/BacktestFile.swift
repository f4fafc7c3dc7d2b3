import Arguments
import Backtesting
import Dispatch
import Evaluation
import Experts
import Foundation
import Learning
import Memory
import Streaming
import Synchronization
import Tensors

struct BacktestFile: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest",
        abstract: "Run the learner over a file, without Kafka, beside simple learners.",
        discussion: """
            One pass: each sample is predicted, scored, then learned. A part is held out and asked at the end, of the
            learner as a whole and of each of its experts alone. The keys are made from the unlabelled training vectors.
            A safetensors file with train_emb, train_labels, test_emb and test_labels brings its own parts, and perhaps
            oos_test_emb: vectors of no class, to be told from those of the test.

            Settings lean to accuracy: 256 codebooks and 6144 random features. A stream begins with fewer.

              weir backtest digits
              weir backtest digits --order by-class --order shuffled --seeds 5 --alone
              weir backtest embeddings.safetensors
              weir backtest mine.csv --experts counts --codebooks 64 --json
            """)

    @Argument(help: "A .csv, .jsonl or .safetensors file, or `digits`.") var file: String
    @Option(help: ArgumentHelp("as-is, shuffled or by-class; may be repeated.", valueName: "order"))
    var order: [Backtest.Order] = [.byClass, .shuffled]
    @Option(help: "The number of seeds: of split, order and keys.") var seeds = 1
    @Option(help: "The part that is held out, when the file brings none.") var held = 0.2
    @Option(help: "C, the number of codebooks.") var codebooks = 256
    @Option(help: "J, the number of keys in each.") var keys = 512
    @Option(help: "K, the dimensions that a codebook sees.") var keyDimension = 14
    @Option(help: "counts or sgd; sgd answers alone.") var readout = BottleneckConfiguration.ReadoutRule
        .counts
    @Option(help: "The pseudo-count of counts.") var smoothing = 0.1
    @Option(help: "After how many samples a count is worth half; 0 for never.") var halfLife = 0
    @Option(help: "kmeans or ema.") var keyMethod = BottleneckConfiguration.KeyMethod.kmeans
    @Option(help: "Make the keys from the vectors of another file.") var keysFrom: String?
    @Option(help: "The tensor of that file, if it is safetensors.") var keysTensor = ""
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Who answers together: counts, means, prototypes, covariance, ridge, trained.",
            valueName: "expert"))
    var experts: [ExpertKind] = EnsembleConfiguration().experts
    @Option(help: "M, the number of random features of ridge.") var features = 6_144
    @Option(help: "cosine or euclidean, of means.") var metric = ClassMeans.Metric.cosine
    @Flag(help: "Leave the simple learners out.") var alone = false
    @Flag(help: "Print JSON, one object a run.") var json = false

    func validate() throws {
        guard (1...1_000).contains(seeds) else { throw ValidationError("--seeds must lie in 1...1000") }
        guard held > 0, held < 1 else { throw ValidationError("--held must lie between 0 and 1") }
    }

    private struct Run: Sendable {
        let order: Backtest.Order
        let seed: UInt64
        let score: Backtest.Score
    }

    /// One split of the file.
    private struct Parts: Sendable {
        let train: Backtest.Samples
        let test: Backtest.Samples
        /// Vectors of no class.
        var strangers: [Float] = []
    }

    func run() throws {
        try ThreadLimit.check()
        var runs: [Run] = []
        for seed in 1...UInt64(seeds) {
            let parts = try parts(seed: seed)
            let fresh = try prepared(parts, seed: seed)
            runs += try pass(fresh, parts, seed: seed)
        }
        if json {
            for run in runs { try printJSON(run) }
        } else {
            try printTables(runs)
            if let now = Self.mebibytes("VmRSS:"), let peak = Self.mebibytes("VmHWM:") {
                try Terminal.line("resident memory, data included: \(now) MiB now, \(peak) MiB at most")
            }
        }
    }

    /// What the system says of this process's memory.
    private static func mebibytes(_ name: String) -> Int? {
        let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix(name) }
        return line.flatMap { Int($0.split(separator: " ")[1]) }.map { $0 / 1_024 }
    }

    /// A learner with its keys.
    private func prepared(_ parts: Parts, seed: UInt64) throws -> Learner {
        var configuration = LearnerConfiguration(dimension: parts.train.dimension)
        configuration.memory.codebooks = codebooks
        configuration.memory.keys = keys
        configuration.memory.keyDimension = keyDimension
        configuration.memory.readout = readout
        configuration.memory.learningRate = Double(codebooks) / 2
        configuration.memory.smoothing = smoothing
        configuration.memory.halfLife = halfLife
        configuration.memory.keyMethod = keyMethod
        configuration.memory.seed = seed
        configuration.ensemble.experts = halfLife > 0 ? [.counts] : experts
        configuration.ensemble.features = features
        configuration.ensemble.metric = metric
        // The held-out part measures; nothing is to be taken from the training part too.
        configuration.holdOutFraction = 0
        var learner = try Learner(configuration: configuration)
        var pool = parts.train.vectors
        if let keysFrom {
            let file = try VectorFile(path: keysFrom, tensor: keysTensor)
            guard file.dimension == parts.train.dimension else {
                throw StreamError(
                    "\(keysFrom) has vectors of length \(file.dimension), \(self.file) of \(parts.train.dimension)"
                )
            }
            pool = file.rows.flatMap(\.features)
        }
        let progress = ProgressLine(isShown: Terminal.isInteractive && !json)
        let report = try learner.initialiseKeys(from: pool) { progress.show("keys, seed \(seed)", $0) }
        progress.clear()
        if !json, seed == 1 {
            try Terminal.line(
                Terminal.dim(
                    "\(codebooks) codebooks of \(keys) keys of \(keyDimension) dimensions: \(report)\n"))
        }
        return learner
    }

    /// The orders run beside each other, each on a core.
    private func pass(_ fresh: Learner, _ parts: Parts, seed: UInt64) throws -> [Run] {
        let results = Mutex([Result<[Run], any Error>?](repeating: nil, count: order.count))
        let done = Mutex([Double](repeating: 0, count: order.count))
        let progress = ProgressLine(isShown: Terminal.isInteractive && !json)
        DispatchQueue.concurrentPerform(iterations: order.count) { number in
            let result = Result {
                var learner = fresh
                let stream = parts.train.ordered(order[number], seed: seed)
                var scores = try Backtest.run(
                    &learner, train: stream, test: parts.test, strangers: parts.strangers
                ) { part in
                    let all = done.withLock {
                        $0[number] = part
                        return $0.reduce(0, +) / Double(order.count)
                    }
                    progress.show("seed \(seed)", all)
                }
                if !alone {
                    scores += [
                        try Backtest.run(RepeatLastLabel(), train: stream, test: parts.test),
                        try Backtest.run(
                            SoftmaxRegression(dimension: stream.dimension), train: stream, test: parts.test),
                    ]
                }
                return scores.map { Run(order: order[number], seed: seed, score: $0) }
            }
            results.withLock { $0[number] = result }
        }
        progress.clear()
        return try results.withLock { $0 }.flatMap { try $0?.get() ?? [] }
    }

    private func parts(seed: UInt64) throws -> Parts {
        if file.hasSuffix(".safetensors"), let tensors = try? Safetensors(path: file),
            tensors.tensors["train_emb"] != nil
        {
            let train = try SampleFile.samples(
                VectorFile(path: file, tensor: "train_emb", labels: "train_labels"))
            let test = try SampleFile.samples(
                VectorFile(path: file, tensor: "test_emb", labels: "test_labels"))
            return Parts(train: train, test: test, strangers: tensors.tensors["oos_test_emb"]?.floats() ?? [])
        }
        let all = try SampleFile.samples(try SampleFile.load(file))
        var random = RandomGenerator(seed: seed)
        let shuffled = random.permutation(all.labels.count)
        let heldCount = max(1, Int((Double(all.labels.count) * held).rounded(.up)))
        guard heldCount < all.labels.count else {
            throw StreamError("\(file) has \(all.labels.count) labelled rows: too few to hold some out")
        }
        return Parts(
            train: all.rows(Array(shuffled[heldCount...])), test: all.rows(Array(shuffled[..<heldCount])))
    }

    private func printTables(_ runs: [Run]) throws {
        for order in order {
            let mine = runs.filter { $0.order == order }
            var names: [String] = []
            for run in mine where !names.contains(run.score.learner) { names.append(run.score.learner) }
            try Terminal.line(
                "\(Terminal.bold("\(file)")), \(order.rawValue), one pass, mean of \(seeds) seed\(seeds == 1 ? "" : "s")"
            )
            try Terminal.table(
                [
                    "learner", "held out", "balanced", "forgetting", "while learning", "kappa-temporal",
                    "ECE before", "ECE", "AUROC", "samples/s",
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
                        Terminal.fixed(mean(scores.map(\.calibrationError?.before)), 3),
                        Terminal.fixed(mean(scores.map(\.calibrationError?.after)), 3),
                        Terminal.fixed(mean(scores.map(\.unknownAUROC)), 3),
                        Terminal.fixed(mean(scores.map(\.samplesPerSecond)), 0),
                    ]
                })
            try Terminal.line()
        }
        try Terminal.line(
            Terminal.dim(
                """
                held out: accuracy on samples that were never learned. ECE: expected calibration error there, before and
                after calibration. AUROC: how well the distance tells vectors of no class, where the file brings some.

                """))
        try Terminal.line(Terminal.bold("what was learned, SHA-256"))
        for seed in 1...UInt64(seeds) {
            let hashes = order.map { order in
                "\(order.rawValue) \(runs.first { $0.seed == seed && $0.order == order && $0.score.learnedHash != nil }?.score.learnedHash?.prefix(16) ?? "")"
            }
            try Terminal.line("seed \(seed): \(hashes.joined(separator: ", "))")
        }
    }

    private func printJSON(_ run: Run) throws {
        var object: [String: Any] = [
            "file": file, "order": run.order.rawValue, "seed": run.seed,
            "learner": run.score.learner.trimmingCharacters(in: .whitespaces),
            "held_out": run.score.heldOut, "held_out_balanced": run.score.heldOutBalanced,
        ]
        object["samples_per_second"] = run.score.samplesPerSecond
        object["ece_before"] = run.score.calibrationError?.before
        object["ece"] = run.score.calibrationError?.after
        object["unknown_auroc"] = run.score.unknownAUROC
        object["forgetting_chaudhry2018"] = run.score.forgetting.number
        object["prequential"] = run.score.prequential.number
        object["kappa_temporal"] = run.score.kappaTemporal.number
        object["learned_hash"] = run.score.learnedHash
        try Terminal.json(object)
    }
}

extension BottleneckConfiguration.ReadoutRule: ExpressibleByArgument {}
extension BottleneckConfiguration.KeyMethod: ExpressibleByArgument {}
extension ExpertKind: ExpressibleByArgument {}
extension ClassMeans.Metric: ExpressibleByArgument {}
