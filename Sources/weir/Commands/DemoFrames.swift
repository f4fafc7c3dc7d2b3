import Arguments
import ContinualInference
import Foundation
import Kafka
import Log
import Messages
import Streaming
import Tensors

struct DemoFrames: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "frames",
        abstract: "Watch a network that takes one frame at a time: digits read row by row, many at once.",
        discussion: """
            Each of 360 images that the network was not trained on is a session of eight frames, its rows from top
            to bottom. Sessions begin at different times and their rows go through a Kafka topic interleaved. Weir
            answers after every row, from the rows before it kept in the session's state; the answer sharpens.

              weir demo frames
              weir demo frames --rate 20000 --together 300
              weir demo frames --answers memory      the network's features, learned from labels on the way

            With a network and recordings of your own, frames as JSON lines like on the topic (schemas/README.md),
            it tells how often the network is right:

              weir demo frames --weights motion.safetensors --records motion.jsonl
            """)

    /// What answers.
    enum Answers: String, ExpressibleByArgument, CaseIterable {
        /// The network's own classes.
        case network
        /// A memory that learns from the network's features.
        case memory
    }

    @Option(help: "Frames a second; 1000 for the digits, 20000 for records.") var rate: Double?
    @Option(help: "Sessions that are open at once.") var together = 60
    @Option(help: "The seed of the order.") var seed: UInt64 = 1
    @Option(help: "What answers: network, or a memory that learns from its features.") var answers = Answers
        .network
    @Option(help: "A network's weights, a .safetensors file, in the place of the shipped one.") var weights:
        String?
    @Option(help: "Recorded frames with labels, a .jsonl file.") var records: String?
    @Flag(help: "Print the result as JSON.") var json = false

    func validate() throws {
        guard 1...1e6 ~= rate ?? 1 else { throw ValidationError("--rate must lie in 1...1000000") }
        guard (weights == nil) == (records == nil) else {
            throw ValidationError("--weights and --records go together")
        }
        guard records == nil || answers == .network else {
            throw ValidationError("with --records the network answers")
        }
        guard 1...10_000 ~= together else { throw ValidationError("--together must lie in 1...10000") }
    }

    /// The answer to a frame.
    struct Answer {
        let label: String
        let confidence: Float
        let isWarming: Bool
    }

    /// What other threads tell the one that draws.
    struct Shared {
        var failure: (any Error)?
        /// By session the answers after each row.
        var answers: [String: [Int64: Answer]] = [:]
        var count = 0
        var report: MetricsMessage?
    }

    func run() throws {
        let path: String
        let asked: [FrameSession]
        var taught: [FrameSession] = []
        if let weights, let records {
            path = weights
            asked = try FrameSession.recorded(records)
        } else {
            path = try FrameSession.digitsWeights()
            let digits = try FrameSession.digits(weights: path, seed: seed)
            asked = digits.asked
            if answers == .memory { taught = digits.taught }
        }
        let plan = try LoadedModel(path: path, withoutHead: answers == .memory).plan
        for session in asked {
            guard let number = session.frames.firstIndex(where: { $0.values.count != plan.inputShape.count })
            else {
                continue
            }
            throw StateError(
                "frame \(number) of \(session.name) has \(session.frames[number].values.count) values; \(plan.name) takes \(plan.inputShape.count) (\(plan.inputShape))"
            )
        }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "weir-demo-\(ProcessInfo.processInfo.processIdentifier)"
        ).path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let broker = try EmbeddedBroker(topics: [
            (name: "weir.rows.frames", partitions: 2), (name: "weir.rows.predictions", partitions: 1),
            (name: "weir.rows.metrics", partitions: 1), (name: "weir.rows.dlq", partitions: 1),
        ])
        defer { broker.stop() }
        var configuration = Configuration()
        configuration.stream = "rows"
        configuration.brokers = broker.bootstrapServers
        configuration.frames.weights = path
        configuration.frames.answers = answers == .network ? .network : .memory
        configuration.keys.samples = 1_000
        configuration.memory.seed = seed
        configuration.evaluation.holdOutFraction = 0
        configuration.metrics.intervalSeconds = 0.25
        configuration.snapshots.folder = "\(folder)/state"
        configuration.kafka = EmbeddedBroker.clientProperties
        let complete = try configuration.completed()
        if !json {
            let what = records == nil ? "images, eight rows each" : "recordings"
            Terminal.line(
                "A Kafka broker in memory on \(broker.bootstrapServers), a stream named rows. \((asked + taught).count) \(what),"
            )
            Terminal.line("\(together) at a time, one frame after another.\n")
        }
        let shared = SharedState(Shared())
        let stop = StopFlag()
        Thread {
            do {
                let logger = Logger(label: "weir", level: .error)
                try StreamLoop(configuration: complete, logger: logger, stop: stop) { message in
                    shared.change { $0.report = message }
                }.run()
            } catch {
                shared.change { $0.failure = error }
            }
            shared.finish()
        }.start()
        let readerStop = StopFlag()
        Thread { read(complete, shared, until: readerStop) }.start()

        let start = ContinuousClock.now
        let frames = (taught + asked).reduce(0) { $0 + $1.frames.count }
        try produce(taught, asked, frames: frames, configuration: complete, shared: shared)
        let due = (taught + asked).reduce(0) { $0 + plan.outputs(after: $1.frames.count) }
        while shared.value.count < due {
            if let failure = shared.value.failure { throw failure }
            guard start.duration(to: .now) < .seconds(300) else {
                throw StreamError("\(shared.value.count) of \(due) answers came within 5 minutes")
            }
            Thread.sleep(forTimeInterval: 0.02)
        }
        stop.set()
        shared.wait()
        readerStop.set()
        shared.wait()
        if let failure = shared.value.failure { throw failure }
        let seconds = Double(start.duration(to: .now) / .milliseconds(1)) / 1_000
        if records == nil {
            try concludeDigits(asked, shared.value, seconds: seconds)
        } else {
            try concludeRecords(asked, shared.value, seconds: seconds)
        }
    }

    // MARK: Sending

    /// Sends the frames at the rate: of the open sessions one at random gives its next frame.
    private func produce(
        _ taught: [FrameSession], _ asked: [FrameSession], frames: Int, configuration: Configuration,
        shared: SharedState<Shared>
    ) throws {
        let producer = try Producer(properties: configuration.producerProperties) { _ in }
        defer { producer.close() }
        let headers = [Header(name: "content-type", text: "application/json")]
        var random = RandomGenerator(seed: seed &+ 1)
        let rate = rate ?? (records == nil ? 1_000 : 20_000)
        let start = ContinuousClock.now
        var drawn = start
        var sent = 0
        for waiting in [taught, asked] {
            var waiting = waiting[...]
            var open: [(session: FrameSession, next: Int)] = []
            while !waiting.isEmpty || !open.isEmpty {
                while open.count < together, let next = waiting.popFirst() { open.append((next, 0)) }
                let place = random.below(open.count)
                let (session, number) = open[place]
                let isLast = number == session.frames.count - 1
                var bytes: [UInt8] = []
                Frame(
                    session: session.name, sequence: Int64(number), values: session.frames[number].values,
                    label: session.teaches ? session.frames[number].label : nil, isEnd: isLast
                ).encodeJSON(into: &bytes)
                let due = start + .seconds(Double(sent) / rate)
                if sent % 20 == 0 { while ContinuousClock.now < due { Thread.sleep(forTimeInterval: 0.001) } }
                try producer.send(
                    topic: configuration.topics.frames, key: Array(session.name.utf8), value: bytes,
                    headers: headers)
                sent += 1
                if isLast { open.remove(at: place) } else { open[place].next += 1 }
                if drawn.duration(to: .now) > .milliseconds(100) {
                    draw(sent: sent, of: frames, shared.value)
                    drawn = .now
                    if let failure = shared.value.failure { throw failure }
                }
            }
        }
        try producer.flush(timeoutMilliseconds: 30_000)
        draw(sent: sent, of: frames, shared.value)
        if Terminal.isInteractive && !json { Terminal.line() }
    }

    private func draw(sent: Int, of frames: Int, _ state: Shared) {
        guard !json, Terminal.isInteractive else { return }
        let filled = Int(Double(sent) / Double(frames) * 24)
        let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: 24 - filled)
        Terminal.write("\r\u{1b}[K\(bar) frames sent \(sent)  answered \(state.count)")
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
                    guard let place = prediction.frame else { continue }
                    let answer = Answer(
                        label: prediction.label ?? "", confidence: prediction.confidence,
                        isWarming: place.isWarming)
                    shared.change {
                        $0.answers[place.session, default: [:]][place.sequence] = answer
                        $0.count += 1
                    }
                }
            }
        } catch {
            shared.change { $0.failure = $0.failure ?? error }
        }
        shared.finish()
    }
}
