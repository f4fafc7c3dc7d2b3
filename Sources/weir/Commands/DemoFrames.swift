import Arguments
import ContinualInference
import Foundation
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

    /// What an answer is known by.
    struct Place: Hashable {
        let session: String
        let row: Int64
    }

    typealias State = DemoHarness<Place>.State

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
        let harness = try DemoHarness(
            stream: "rows", input: (name: "frames", partitions: 2), isQuiet: json,
            configure: { configuration, _ in
                configuration.frames.weights = path
                configuration.frames.answers = answers == .network ? .network : .memory
                configuration.keys.samples = 1_000
                configuration.memory.seed = seed
                configuration.evaluation.holdOutFraction = 0
            }, key: { $0.frame.map { Place(session: $0.session, row: $0.sequence) } })
        defer { harness.close() }
        if !json {
            let what = records == nil ? "images, eight rows each" : "recordings"
            try Terminal.line(
                "A Kafka broker in memory on \(harness.configuration.brokers), a stream named rows. \((asked + taught).count) \(what),"
            )
            try Terminal.line("\(together) at a time, one frame after another.\n")
        }
        let start = ContinuousClock.now
        harness.start()
        let frames = (taught + asked).reduce(0) { $0 + $1.frames.count }
        var interleaved = InterleavedSessions([taught, asked], together: together, seed: seed &+ 1)
        try harness.produce(
            frames, paced: frames, rate: rate ?? (records == nil ? 1_000 : 20_000),
            progress: { sent, state in
                let bar = DemoHarness<Place>.bar(Double(sent) / Double(frames))
                return "\(bar) frames sent \(sent)  answered \(state.answers.count)"
            },
            next: { _ in
                let (session, number) = interleaved.next()
                var bytes: [UInt8] = []
                Frame(
                    session: session.name, sequence: Int64(number), values: session.frames[number].values,
                    label: session.teaches ? session.frames[number].label : nil,
                    isEnd: number == session.frames.count - 1
                ).encodeJSON(into: &bytes)
                return (session.name, bytes)
            })
        let due = (taught + asked).reduce(0) { $0 + plan.outputs(after: $1.frames.count) }
        let state = try harness.finish(answers: due)
        let seconds = Double(start.duration(to: .now) / .milliseconds(1)) / 1_000
        if records == nil {
            try concludeDigits(asked, state, seconds: seconds)
        } else {
            try concludeRecords(asked, state, seconds: seconds)
        }
    }
}
