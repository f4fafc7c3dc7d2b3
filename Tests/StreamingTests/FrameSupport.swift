import ContinualInference
import Foundation
import Kafka
import Messages
import Streaming
import Tensors

/// Streams of frames for tests: a small network, sessions, and the answers that it gives to them one by one.
extension TestStream {
    static let frameWidth = 3
    static let frameClasses = ["still", "walk", "run", "jump"]

    /// Writes a network with weights of a seed: by default a small causal one that depends on four frames.
    func model(
        seed: UInt64 = 1, _ name: String = "SensorNet",
        options: [String: Int] = ["inputs": frameWidth, "width": 8, "layers": 2, "kernel": 2]
    ) throws -> String {
        var options = options
        options["classes"] = Self.frameClasses.count
        let model = try ModelCatalogue.model(name, options: options)
        var random = RandomGenerator(seed: seed)
        var file = Safetensors()
        for parameter in try Plan(model.network, input: model.input, weights: .random(seed: 1)).parameters {
            // Variances, which the running statistics have, are above 0.
            file.tensors[parameter.name] = TensorData(
                (0..<parameter.count).map { _ in
                    parameter.isLearned ? Float(random.normal()) / 2 : 1 + Float(random.uniform())
                }, shape: parameter.shape)
        }
        file.metadata = [
            "weir.model": name,
            "weir.options": String(decoding: try JSONEncoder().encode(options), as: UTF8.self),
            "weir.labels": String(decoding: try JSONEncoder().encode(Self.frameClasses), as: UTF8.self),
        ]
        let path = "\(folder)/\(name)-\(seed).safetensors"
        try file.encoded().write(to: URL(fileURLWithPath: path))
        return path
    }

    /// A quick stream of frames.
    func frameConfiguration(_ change: (inout Configuration) -> Void = { _ in }) throws -> Configuration {
        let path = try model()
        return try configuration {
            $0.dimension = 1
            $0.frames.weights = path
            $0.frames.idleSeconds = 0
            $0.frames.latencyMilliseconds = 1
            change(&$0)
        }
    }

    /// The values of a frame, which depend on the session and the number alone.
    static func values(_ session: Int, _ number: Int64, seed: UInt64 = 1) -> [Float] {
        var random = RandomGenerator(seed: seed &* 1_000_003 &+ UInt64(session) &* 10_007 &+ UInt64(number))
        let label = session % frameClasses.count
        return (0..<frameWidth).map { Float($0 == label % frameWidth ? 2 : 0) + Float(random.normal()) }
    }

    /// Interleaved records of sessions: of one frame or several, with gaps, repeats, late frames and ends.
    static func frames(
        records: Int, sessions: Int, seed: UInt64 = 1, isOrderly: Bool = false
    ) -> [Frame] {
        var random = RandomGenerator(seed: seed)
        var next = [Int64](repeating: 0, count: sessions)
        return (0..<records).map { _ in
            let session = random.below(sessions)
            let count = 1 + random.below(3)
            if !isOrderly {
                switch random.below(20) {
                case 0, 1: next[session] += Int64(random.below(8))
                case 2, 3: next[session] = max(0, next[session] - Int64(random.below(8)))
                default: break
                }
            }
            let first = next[session]
            next[session] += Int64(count)
            let isEnd = !isOrderly && random.below(40) == 0
            if isEnd { next[session] = 0 }
            return Frame(
                session: "session \(session)", sequence: first,
                values: (0..<count).flatMap { values(session, first + Int64($0), seed: seed) }, count: count,
                label: random.below(3) == 0 ? nil : frameClasses[session % frameClasses.count], isEnd: isEnd,
                answersLastOnly: random.below(4) == 0)
        }
    }

    static func json(_ frame: Frame) -> Message {
        var bytes: [UInt8] = []
        frame.encodeJSON(into: &bytes)
        return Message(value: bytes, key: Array(frame.session.utf8))
    }

    static func protobuf(_ frame: Frame) throws -> Message {
        Message(
            value: try frame.encodeProtobuf(), key: Array(frame.session.utf8),
            headers: [Header(name: "content-type", text: "application/x-protobuf")])
    }

    func sendFrames(_ messages: [Message], partitions: Int = 1) throws {
        try send(messages, partitions: partitions, topic: "weir.s.frames")
    }

    /// What the network says of orderly frames, each session stepped by itself, by sample id: the class scores.
    static func expected(_ frames: [Frame], weights: String) throws -> [(
        id: String, scores: [Float], frame: Frame
    )] {
        let plan = try LoadedModel(path: weights, withoutHead: false).plan
        let workspace = Workspace(plan: plan)
        var states: [String: StreamState] = [:]
        var result: [(id: String, scores: [Float], frame: Frame)] = []
        for frame in frames {
            var state = states[frame.session] ?? plan.makeState()
            for number in 0..<frame.count {
                let values = Array(frame.values[(number * frameWidth)..<((number + 1) * frameWidth)])
                guard let scores = try workspace.step(values, &state) else { continue }
                guard !frame.answersLastOnly || number == frame.count - 1 else { continue }
                result.append(("\(frame.session)/\(frame.sequence + Int64(number))", scores, frame))
            }
            states[frame.session] = state
        }
        return result
    }

    static func softmax(_ scores: [Float]) -> [Float] {
        let best = scores.max() ?? 0
        let parts = scores.map { Foundation.exp($0 - best) }
        let sum = parts.reduce(0, +)
        return parts.map { $0 / sum }
    }
}
