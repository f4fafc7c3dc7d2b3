import Foundation
import Log
import Messages
import Streaming
import Synchronization
import Tensors

/// A quiet stream of frames whose network answers, and all that it says.
final class QuietFrames {
    let stream = QuietStream()
    private let lines: SaidLines

    /// Lines of a log, from any thread.
    private final class SaidLines: Sendable {
        let lines = Mutex<[String]>([])
    }

    init() {
        let lines = SaidLines()
        self.lines = lines
        stream.logger = Logger(label: "weir", level: .info) { line in
            lines.lines.withLock { $0.append("\(line.message)") }
        }
    }

    /// What was said that contains this.
    func said(_ part: String) -> [String] { lines.lines.withLock { $0.filter { $0.contains(part) } } }

    /// A record of frames whose values follow from the numbers, or are all the same.
    static func record(
        _ session: String, _ sequence: Int64, count: Int = 1, value: Float? = nil, isEnd: Bool = false
    ) -> [UInt8] {
        let values = (0..<(3 * count)).map { value ?? Float((Int(sequence % 1_000) * 7 + $0 * 5) % 11) / 4 }
        var bytes: [UInt8] = []
        Frame(session: session, sequence: sequence, values: values, count: count, isEnd: isEnd)
            .encodeJSON(into: &bytes)
        return bytes
    }

    func configuration(_ change: (inout Configuration) -> Void = { _ in }) throws -> Configuration {
        try stream.configuration {
            $0.dimension = 1
            // What a quiet log gives.
            $0.topics.frames = "weir.s.samples"
            $0.frames.weights = Simulation.network
            $0.frames.gapFrames = 3
            $0.frames.latencyMilliseconds = 0
            $0.errors.tolerance = 1
            change(&$0)
        }
    }

    /// Runs a life of the service until all records are read.
    ///
    /// - Returns: the session and number of each answer of all lives, in order.
    @discardableResult
    func run(_ configuration: Configuration) throws -> [String] {
        var polls = 0
        try stream.run(configuration) {
            polls += 1
            return polls > 20 && self.stream.log.isRead
        }
        return try answers().map(\.sampleID)
    }

    func answers() throws -> [Prediction] { try stream.predictions() }

    /// The predictions as they went out.
    var texts: [String] {
        stream.outputs.filter { $0.topic.hasSuffix(".predictions") }
            .map { String(decoding: $0.value ?? [], as: UTF8.self) }
    }

    /// The codes of the dead letters.
    var codes: [String] {
        stream.outputs.filter { $0.topic.hasSuffix(".dlq") }.compactMap { letter in
            letter.headers.last { $0.name == "weir_error_code" }?.value.map {
                String(decoding: $0, as: UTF8.self)
            }
        }
    }

    /// How many frames had a result, in the last life.
    func frames(_ result: String) -> Double { stream.reports.last?.number(.frames, result) ?? -1 }
}
