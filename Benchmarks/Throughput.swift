import Arguments
import Experts
import Foundation
import Kafka
import Memory
import Messages
import Synchronization

struct Throughput: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Predict and learn labelled Protobuf samples at a steady rate; nothing may be lost.",
        discussion: "Broker, producer, service and reader share this machine. Ends by itself.")

    @Option(help: "Samples a second.") var rate = 12_000.0
    @Option(help: "Seconds.") var seconds = 60.0
    @Option(help: "Brokers of a cluster instead of the one in memory; see scripts/bench-kafka.")
    var brokers: String?
    @Option(help: "linger.ms of both producers; the service's default when not given.") var linger: Int?
    @Option(help: "Features a sample.") var dimension = 64
    @Option(help: "Codebooks.") var codebooks = 64
    @Option(help: "Keys a codebook.") var keys = 512
    @Option(help: "Dimensions a key.") var keyDimension = 8
    @Option(
        parsing: .upToNextOption, help: "Who answers; more experts are more accurate and cost more.")
    var experts: [ExpertKind] = [.counts]
    @Option(help: "Random features of ridge, if it is asked.") var features = 2_048
    @Option(help: "json or protobuf, of the predictions.") var predictions = "json"

    func run() throws {
        let total = Int(rate * seconds)
        let seen = SeenNumbers(total)
        let bench = try Bench(dimension: dimension, brokers: brokers) {
            if let linger { $0.kafka["linger.ms"] = "\(linger)" }
            $0.memory.codebooks = codebooks
            $0.memory.keys = keys
            $0.memory.keyDimension = keyDimension
            $0.keys.samples = 4_000
            $0.ensemble.experts = experts
            $0.ensemble.features = features
            $0.predictions.format = predictions == "protobuf" ? .protobuf : .json
        } onPrediction: { [predictions] record, _ in
            let prediction = try Bench.prediction(record, isProtobuf: predictions == "protobuf")
            seen.note(Int(prediction.sampleID) ?? -1)
        }
        defer { try? bench.end() }
        let producer = try Producer(properties: bench.configuration.producerProperties) { _ in }
        var mixture = Mixture(dimension: dimension, classes: 20, seed: 1)
        let headers = [Header(name: "content-type", text: "application/x-protobuf")]
        let start = ContinuousClock.now
        let pace = Pace(perSecond: rate)
        let step = Int(rate * 5)
        try StandardOutput.line("seconds  sent     answered  samples/s  memory MiB")
        for number in 0..<total {
            if number % 50 == 0 { pace.wait(for: number) }
            let sample = mixture.next()
            try producer.send(
                topic: bench.configuration.topics.samples, key: Array(sample.id.utf8),
                value: try sample.encodeProtobuf(), headers: headers)
            if number > 0, number % step == 0 {
                try bench.check()
                let elapsed = Double(start.duration(to: .now) / .milliseconds(1)) / 1_000
                try StandardOutput.line(
                    String(
                        format: "%7.1f  %-7d  %-8d  %9.0f  %10.0f", elapsed, number, seen.count,
                        Double(seen.count) / elapsed, Bench.residentMebibytes()))
                fflush(nil)
            }
        }
        try producer.flush(timeoutMilliseconds: 60_000)
        let deadline = ContinuousClock.now + .seconds(60)
        while seen.count < total, .now < deadline {
            try bench.check()
            Thread.sleep(forTimeInterval: 0.01)
        }
        let elapsed = Double(start.duration(to: .now) / .milliseconds(1)) / 1_000
        producer.close()
        try bench.end()
        let report = bench.report
        let heldOut = Int(report?.number(.holdOutItems) ?? 0)
        let lost = Int(report?.number(.recordsLost) ?? 0)
        let deadLetters = Int(report?.sum(.deadLetters) ?? 0)
        try StandardOutput.line(
            String(
                format: "sent %d, answered %d, missing %d, twice %d in %.1f s: %.0f samples a second", total,
                seen.count, total - seen.count, seen.repeated, elapsed, Double(seen.count) / elapsed))
        try StandardOutput.line(
            "learned \(report?.model.tracesLearned ?? 0), held out \(heldOut), lost \(lost), dead letters \(deadLetters), accuracy of the last 1000: \(report?.number(.accuracy, "window") ?? 0)"
        )
        if seen.count < total { throw ExitCode(1) }
    }
}

/// Which numbers have come.
final class SeenNumbers: Sendable {
    private let state: Mutex<(flags: [Bool], count: Int, repeated: Int)>

    init(_ total: Int) { state = Mutex(([Bool](repeating: false, count: total), 0, 0)) }

    func note(_ number: Int) {
        state.withLock { state in
            guard state.flags.indices.contains(number) else { return }
            if state.flags[number] {
                state.repeated += 1
            } else {
                state.flags[number] = true
                state.count += 1
            }
        }
    }

    var count: Int { state.withLock { $0.count } }
    var repeated: Int { state.withLock { $0.repeated } }
}

extension ExpertKind: ExpressibleByArgument {}
