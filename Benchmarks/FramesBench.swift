import Arguments
import ContinualInference
import Foundation
import Kafka
import Messages
import Synchronization
import Tensors

/// Many sessions of a sensor network through the whole service.
struct FramesBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "frames",
        abstract: "Step a sensor network for many sessions at a steady rate; no frame may be lost.",
        discussion: """
            Broker, producer, service and reader share this machine. Each session sends its frames in records of \
            several, as devices do; every frame is stepped, and answered unless --last is given. The network is \
            of the size that scripts/train-motion trains, weights are random. Ends by itself.
            """)

    @Option(help: "Sessions.") var sessions = 1_000
    @Option(help: "Frames a second of each session.") var rate = 100.0
    @Option(help: "Seconds.") var seconds = 20.0
    @Option(help: "Frames in a record.") var bundle = 10
    @Flag(help: "Answer only the last frame of each record.") var last = false
    @Option(help: "Channels of the network's layers.") var width = 64
    @Option(help: "Layers of the network.") var layers = 7
    @Option(help: "Frames that a convolution takes together.") var kernel = 5

    private static let inputs = 6
    private static let classes = 5

    func validate() throws {
        guard sessions > 0, rate > 0, bundle > 0, seconds > 0 else {
            throw ValidationError("--sessions, --rate, --bundle and --seconds must be positive")
        }
    }

    func run() throws {
        let weights = FileManager.default.temporaryDirectory.appendingPathComponent(
            "weir-bench-\(ProcessInfo.processInfo.processIdentifier).safetensors")
        defer { try? FileManager.default.removeItem(at: weights) }
        let plan = try writeWeights(to: weights)
        let records = Int(rate * seconds) / bundle
        let counter = FrameCounter()
        let bench = try Bench(dimension: 1) {
            $0.frames.weights = weights.path
            $0.frames.answers = .network
            $0.frames.sessions = max(sessions, 1)
            $0.predictions.format = .protobuf
            $0.predictions.top = 1
        } onPrediction: { record, time in
            counter.note(try Bench.prediction(record, isProtobuf: true), time)
        }
        try StandardOutput.line(
            "\(sessions) sessions at \(Int(rate)) frames a second, \(bundle) in a record, \(last ? "the last" : "each") answered; \(plan.multiplyAddsPerStep / 1_000) thousand multiply-adds and \(plan.stateBytes) bytes a session"
        )
        defer { try? bench.end() }
        let producer = try Producer(properties: bench.configuration.producerProperties) { _ in }
        let headers = [Header(name: "content-type", text: "application/x-protobuf")]
        var generator = RandomGenerator(seed: 3)
        let noise = (0..<(1_024 * Self.inputs + bundle * Self.inputs)).map { _ in Float(generator.normal()) }
        let names = (0..<sessions).map { "session-\($0)" }
        let start = ContinuousClock.now
        let pace = Pace(perSecond: rate * Double(sessions) / Double(bundle))
        try StandardOutput.line("seconds  frames sent  answered   frames/s  memory MiB")
        var sent = 0
        let tick = max(1, Int(rate * Double(sessions) / Double(bundle) * 5))
        for round in 0..<records {
            for session in 0..<sessions {
                if sent % 50 == 0 { pace.wait(for: sent) }
                let first = (round * 37 + session * 11) % 1_024 * Self.inputs
                let frame = Frame(
                    session: names[session], sequence: Int64(round * bundle),
                    values: Array(noise[first..<(first + bundle * Self.inputs)]), count: bundle,
                    answersLastOnly: last)
                try producer.send(
                    topic: bench.configuration.topics.frames, key: Array(names[session].utf8),
                    value: try frame.encodeProtobuf(), headers: headers)
                sent += 1
                if sent % tick == 0 {
                    try bench.check()
                    let elapsed = Double(start.duration(to: .now) / .milliseconds(1)) / 1_000
                    try StandardOutput.line(
                        String(
                            format: "%7.1f  %11d  %8d  %9.0f  %10.0f", elapsed, sent * bundle, counter.count,
                            Double(counter.count * (last ? bundle : 1)) / elapsed, Bench.residentMebibytes()))
                    fflush(nil)
                }
            }
        }
        try producer.flush(timeoutMilliseconds: 60_000)
        let frames = sent * bundle
        let expected = last ? sent : frames
        let deadline = ContinuousClock.now + .seconds(60)
        while counter.count < expected, .now < deadline {
            try bench.check()
            Thread.sleep(forTimeInterval: 0.01)
        }
        let elapsed = Double(start.duration(to: .now) / .milliseconds(1)) / 1_000
        producer.close()
        try bench.end()
        try StandardOutput.line(
            String(
                format: "%d frames sent, %d of %d answers, %d repeated in %.1f s: %.0f frames a second",
                frames,
                counter.count, expected, counter.repeated, elapsed, Double(frames) / elapsed))
        if counter.count < expected { throw ExitCode(1) }
    }

    /// Writes random weights and returns the network compiled from them.
    private func writeWeights(to url: URL) throws -> Plan {
        let options = [
            "inputs": Self.inputs, "width": width, "layers": layers, "kernel": kernel,
            "classes": Self.classes,
        ]
        let network = SensorNet(
            inputs: Self.inputs, width: width, layers: layers, kernel: kernel, classes: Self.classes)
        let plan = try Plan(
            network, input: FrameShape(Self.inputs), weights: .random(seed: 1), name: "SensorNet")
        var generator = RandomGenerator(seed: 2)
        var file = Safetensors()
        for parameter in plan.parameters {
            let isVariance = parameter.name.hasSuffix("running_var")
            file.tensors[parameter.name] = TensorData(
                (0..<parameter.count).map { _ in isVariance ? 1 : Float(generator.normal() * 0.1) },
                shape: parameter.shape)
        }
        file.metadata["weir.model"] = "SensorNet"
        file.metadata["weir.options"] = String(
            decoding: try JSONSerialization.data(withJSONObject: options, options: [.sortedKeys]),
            as: UTF8.self)
        file.metadata["weir.labels"] = "[\"a\",\"b\",\"c\",\"d\",\"e\"]"
        try file.encoded().write(to: url)
        return plan
    }
}

/// Counts answers; each session's must come in order.
final class FrameCounter: Sendable {
    private let state = Mutex<(count: Int, repeated: Int, last: [String: Int64])>((0, 0, [:]))

    func note(_ prediction: Prediction, _ time: ContinuousClock.Instant) {
        guard let place = prediction.frame else { return }
        state.withLock { state in
            if let last = state.last[place.session], place.sequence <= last {
                state.repeated += 1
            } else {
                state.last[place.session] = place.sequence
                state.count += 1
            }
        }
    }

    var count: Int { state.withLock { $0.count } }
    var repeated: Int { state.withLock { $0.repeated } }
}
