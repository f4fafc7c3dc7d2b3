import Arguments
import Backtesting
import Evaluation
import Foundation
import Kafka
import Learning
import Log
import Messages
import Streaming
import Synchronization
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

    /// What other threads tell the one that draws.
    private struct Shared {
        var report: MetricsMessage?
        var failure: (any Error)?
        /// Label answered, by sample id.
        var answers: [String: String] = [:]
    }

    func run() throws {
        let all = try SampleFile.samples(try SampleFile.digits())
        var random = RandomGenerator(seed: seed)
        let shuffled = random.permutation(all.labels.count)
        let test = all.rows(Array(shuffled[..<360]))
        let train = all.rows(Array(shuffled[360...])).ordered(.byClass, seed: seed)

        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "weir-demo-\(ProcessInfo.processInfo.processIdentifier)"
        ).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try writeUnlabelled(train, to: "\(folder)/unlabelled.csv")

        let broker = try EmbeddedBroker(topics: [
            (name: "weir.digits.samples", partitions: 1), (name: "weir.digits.predictions", partitions: 1),
            (name: "weir.digits.metrics", partitions: 1), (name: "weir.digits.dlq", partitions: 1),
        ])
        defer { broker.stop() }
        let configuration = try configuration(folder: folder, broker: broker).completed()
        if !json {
            Terminal.line(
                "A Kafka broker in memory on \(broker.bootstrapServers), a stream named digits, and \(train.labels.count) handwritten"
            )
            Terminal.line(
                "digits, one class after another. Keys come from the images without their labels.\n")
        }

        let shared = SharedState(Shared())
        let stop = StopFlag()
        let service = Thread {
            do {
                let logger = Logger(label: "weir", level: .error)
                try StreamLoop(configuration: configuration, logger: logger, stop: stop) { message in
                    shared.change { $0.report = message }
                }.run()
            } catch {
                shared.change { $0.failure = error }
            }
            shared.finish()
        }
        service.start()
        let readerStop = StopFlag()
        let reader = Thread { read(configuration, shared, until: readerStop) }
        reader.start()

        let start = ContinuousClock.now
        try produce(train, test, configuration: configuration, shared: shared)
        while shared.value.answers.count < train.labels.count + test.labels.count {
            if let failure = shared.value.failure { throw failure }
            guard start.duration(to: .now) < .seconds(300) else {
                throw StreamError(
                    "\(shared.value.answers.count) of \(train.labels.count + test.labels.count) samples were answered within 5 minutes"
                )
            }
            Thread.sleep(forTimeInterval: 0.02)
        }
        stop.set()
        shared.wait()
        readerStop.set()
        shared.wait()
        if let failure = shared.value.failure { throw failure }
        let seconds = start.duration(to: .now)
        try conclude(train, test, shared.value, seconds: Double(seconds / .milliseconds(1)) / 1_000)
    }

    private func learnerConfiguration() -> LearnerConfiguration {
        var configuration = LearnerConfiguration(dimension: 64)
        configuration.memory.seed = seed
        configuration.holdOutFraction = 0
        return configuration
    }

    private func configuration(folder: String, broker: EmbeddedBroker) -> Configuration {
        var configuration = Configuration()
        configuration.stream = "digits"
        configuration.brokers = broker.bootstrapServers
        configuration.dimension = 64
        configuration.memory.seed = seed
        configuration.keys.file = "\(folder)/unlabelled.csv"
        configuration.metrics.intervalSeconds = 0.25
        configuration.snapshots.folder = "\(folder)/state"
        configuration.evaluation.holdOutPerClass = 20
        configuration.kafka = EmbeddedBroker.clientProperties
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

    /// Sends the training stream at the rate, then the unlabelled held-out images, and draws meanwhile.
    private func produce(
        _ train: Backtest.Samples, _ test: Backtest.Samples, configuration: Configuration,
        shared: SharedState<Shared>
    ) throws {
        let producer = try Producer(properties: configuration.producerProperties) { _ in }
        defer { producer.close() }
        let headers = [Header(name: "content-type", text: "application/json")]
        func send(_ samples: Backtest.Samples, _ row: Int, label: String?) throws {
            var bytes: [UInt8] = []
            Sample(
                id: samples.ids[row],
                features: Array(samples.vectors[(row * samples.dimension)..<((row + 1) * samples.dimension)]),
                label: label
            ).encodeJSON(into: &bytes)
            try producer.send(
                topic: configuration.topics.samples, key: Array(samples.ids[row].utf8), value: bytes,
                headers: headers)
        }
        let start = ContinuousClock.now
        var drawn = start
        for row in train.labels.indices {
            let due = start + .seconds(Double(row) / rate)
            while ContinuousClock.now < due { Thread.sleep(forTimeInterval: 0.002) }
            try send(train, row, label: train.labels[row])
            if drawn.duration(to: .now) > .milliseconds(100) {
                draw(train, sent: row + 1, shared.value)
                drawn = .now
                if let failure = shared.value.failure { throw failure }
            }
        }
        for row in test.labels.indices { try send(test, row, label: nil) }
        try producer.flush(timeoutMilliseconds: 30_000)
        draw(train, sent: train.labels.count, shared.value)
        if Terminal.isInteractive && !json { Terminal.line() }
    }

    private func draw(_ train: Backtest.Samples, sent: Int, _ state: Shared) {
        guard !json, Terminal.isInteractive else { return }
        let label = train.labels[max(0, sent - 1)]
        let part = Double(sent) / Double(train.labels.count)
        let bar =
            String(repeating: "█", count: Int(part * 24)) + String(repeating: "·", count: 24 - Int(part * 24))
        let accuracy = Terminal.fixed(state.report?.number(.accuracy, "cumulative"), 3)
        let heldOut = Terminal.fixed(state.report?.number(.holdOutBalancedAccuracy), 3)
        let forgetting = Terminal.fixed(state.report?.number(.forgetting, "peak_minus_now"), 3)
        Terminal.write(
            "\r\u{1b}[K\(bar) class \(label)  answered \(state.answers.count)  accuracy \(accuracy)  held out \(heldOut)  forgetting \(forgetting)"
        )
    }

    /// Collects the answers from the predictions topic, as any consumer would.
    private func read(_ configuration: Configuration, _ shared: SharedState<Shared>, until stop: StopFlag) {
        do {
            var properties = configuration.consumerProperties
            properties["group.id"] = "weir-demo-reader"
            let consumer = try Consumer(properties: properties)
            defer { consumer.close() }
            try consumer.assign([
                TopicPartitionOffset(topic: configuration.topics.predictions, partition: 0, offset: 0)
            ])
            while !stop.isSet {
                let batch = try consumer.poll(maximum: 1_000, timeoutMilliseconds: 20)
                for index in 0..<batch.count {
                    guard let bytes = batch[index].value else { continue }
                    let prediction = try Prediction(json: bytes)
                    shared.change { $0.answers[prediction.sampleID] = prediction.label ?? "" }
                }
            }
        } catch {
            shared.change { $0.failure = $0.failure ?? error }
        }
        shared.finish()
    }

    private func conclude(
        _ train: Backtest.Samples, _ test: Backtest.Samples, _ state: Shared, seconds: Double
    ) throws {
        func accuracy(_ samples: Backtest.Samples) -> Double {
            let right = samples.labels.indices.count { state.answers[samples.ids[$0]] == samples.labels[$0] }
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
        Terminal.table(
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
        Terminal.line(
            """

            \(Terminal.bold("never learned")) is what counts: 360 images asked after the last class. Accuracy \(Terminal.bold("while learning")) ranks
            learners upside down in a stream ordered by class: repeating the last label wins it, and knows nothing.
            Forgetting measured by Weir itself, peak minus now on its held-out samples: \(Terminal.fixed(forgetting, 3))
            (measured maxima run a point or two high). \(state.answers.count) samples answered in \(Terminal.fixed(seconds, 1)) s; the pace was set by --rate.

            Next: weir backtest digits --order by-class --order shuffled     the same model in any order, by its hash
                  weir broker, weir serve, weir produce, weir tail           the same by hand; weir --help shows how
            """)
    }
}
