import Arguments
import Backtesting
import Evaluation
import Foundation
import Learning
import Messages
import Tensors

struct DemoDigits: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "digits",
        abstract: "Watch the main job: digits, class after class, over a broker in memory.",
        discussion: """
            1437 of the UCI set's handwritten digits go through a real Kafka topic, all zeros first, all nines last.
            Weir answers each before it learns from it. Then 360 images that it has never learned are asked.
            Learners that see the same stream stand beside it in the table.

              weir demo
              weir demo --rate 2000 --seed 7
            """)

    @Option(help: "Samples a second.") var rate = 250.0
    @Option(help: "The seed of split, order and keys.") var seed: UInt64 = 1
    @Flag(help: "Print the result as JSON.") var json = false

    func validate() throws {
        guard rate >= 1, rate <= 1e6 else { throw ValidationError("--rate must lie in 1...1000000") }
    }

    func run() throws {
        let all = try SampleFile.samples(try SampleFile.digits())
        var random = RandomGenerator(seed: seed)
        let shuffled = random.permutation(all.labels.count)
        let test = all.rows(Array(shuffled[..<360]))
        let train = all.rows(Array(shuffled[360...])).ordered(.byClass, seed: seed)

        let harness = try DemoHarness(
            stream: "digits", input: (name: "samples", partitions: 1), isQuiet: json,
            configure: { configuration, folder in
                try writeUnlabelled(train, to: "\(folder)/unlabelled.csv")
                configuration.dimension = 64
                configuration.memory.seed = seed
                configuration.keys.file = "\(folder)/unlabelled.csv"
                configuration.evaluation.holdOutPerClass = 20
            }, key: { $0.sampleID })
        defer { harness.close() }
        if !json {
            try Terminal.line(
                "A Kafka broker in memory on \(harness.configuration.brokers), a stream named digits, and \(train.labels.count) handwritten"
            )
            try Terminal.line(
                "digits, one class after another. Keys come from the images without their labels.\n")
        }
        let start = ContinuousClock.now
        harness.start()
        // The training stream at the rate, then the held-out images without their labels.
        try harness.produce(
            train.labels.count + test.labels.count, paced: train.labels.count, rate: rate,
            progress: { progress(train, sent: min($0, train.labels.count), $1) },
            next: { number in
                number < train.labels.count
                    ? record(train, number, label: train.labels[number])
                    : record(test, number - train.labels.count, label: nil)
            })
        let state = try harness.finish(answers: train.labels.count + test.labels.count)
        let seconds = start.duration(to: .now)
        try conclude(train, test, state, seconds: Double(seconds / .milliseconds(1)) / 1_000)
    }

    private func learnerConfiguration() -> LearnerConfiguration {
        var configuration = LearnerConfiguration(dimension: 64)
        configuration.memory.seed = seed
        configuration.holdOutFraction = 0
        return configuration
    }

    private func writeUnlabelled(_ samples: Backtest.Samples, to path: String) throws {
        var text = (0..<samples.dimension).map { "p\($0)" }.joined(separator: ",") + "\n"
        for row in samples.labels.indices {
            text +=
                samples.vectors[(row * samples.dimension)..<((row + 1) * samples.dimension)].map { "\($0)" }
                .joined(separator: ",") + "\n"
        }
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    private func record(
        _ samples: Backtest.Samples, _ row: Int, label: String?
    ) -> (key: String, value: [UInt8]) {
        var bytes: [UInt8] = []
        Sample(
            id: samples.ids[row],
            features: Array(samples.vectors[(row * samples.dimension)..<((row + 1) * samples.dimension)]),
            label: label
        ).encodeJSON(into: &bytes)
        return (samples.ids[row], bytes)
    }

    private func progress(_ train: Backtest.Samples, sent: Int, _ state: DemoHarness<String>.State) -> String
    {
        let label = train.labels[max(0, sent - 1)]
        let bar = DemoHarness<String>.bar(Double(sent) / Double(train.labels.count))
        let accuracy = Terminal.fixed(state.report?.number(.accuracy, "cumulative"), 3)
        let heldOut = Terminal.fixed(state.report?.number(.holdOutBalancedAccuracy), 3)
        let forgetting = Terminal.fixed(state.report?.number(.forgetting, "peak_minus_now"), 3)
        return
            "\(bar) class \(label)  answered \(state.answers.count)  accuracy \(accuracy)  held out \(heldOut)  forgetting \(forgetting)"
    }

    private func conclude(
        _ train: Backtest.Samples, _ test: Backtest.Samples, _ state: DemoHarness<String>.State,
        seconds: Double
    ) throws {
        func accuracy(_ samples: Backtest.Samples) -> Double {
            let right = samples.labels.indices.count {
                state.answers[samples.ids[$0]]?.label == samples.labels[$0]
            }
            return Double(right) / Double(samples.labels.count)
        }
        let kappaTemporal = state.report?.number(.kappaTemporal, "cumulative")
        let forgetting = state.report?.number(.forgetting, "peak_minus_now")
        let heldOut = accuracy(test)
        // The same learner without Kafka, for what its experts say alone.
        var learner = try Learner(configuration: learnerConfiguration())
        try learner.initialiseKeys(from: train.vectors)
        let others =
            try Backtest.run(&learner, train: train, test: test).dropFirst() + [
                try Backtest.run(RepeatLastLabel(), train: train, test: test),
                try Backtest.run(SoftmaxRegression(dimension: 64), train: train, test: test),
            ]
        if json {
            var object: [String: Any] = [
                "held_out": heldOut, "while_learning": accuracy(train), "seconds": seconds,
            ]
            object["kappa_temporal"] = kappaTemporal
            object["forgetting_peak_minus_now"] = forgetting
            object["others"] = Dictionary(
                uniqueKeysWithValues: others.map {
                    ($0.learner.trimmingCharacters(in: .whitespaces), $0.heldOut)
                })
            return try Terminal.json(object)
        }
        try Terminal.table(
            ["one pass, class after class", "never learned", "while learning", "kappa-temporal"],
            [
                [
                    "Weir, through Kafka", Terminal.fixed(heldOut, 3), Terminal.fixed(accuracy(train), 3),
                    Terminal.fixed(kappaTemporal, 1),
                ]
            ]
                + others.map {
                    [
                        $0.learner, Terminal.fixed($0.heldOut, 3), Terminal.fixed($0.prequential.number, 3),
                        Terminal.fixed($0.kappaTemporal.number, 1),
                    ]
                })
        try Terminal.line(
            """

            \(Terminal.bold("never learned")) is what counts: 360 images asked after the last class. Accuracy \(Terminal.bold("while learning")) ranks
            learners upside down in a stream ordered by class: repeating the last label wins it, and knows nothing.
            Forgetting measured by Weir itself, peak minus now on its held-out samples: \(Terminal.fixed(forgetting, 3))
            (measured maxima run a point or two high). \(state.answers.count) samples answered in \(Terminal.fixed(seconds, 1)) s; the pace was set by --rate.

            Next: weir backtest digits --order by-class --order shuffled     the same model in any order, by its hash
                  weir --help                                                the same by hand, command by command
            """)
    }
}
