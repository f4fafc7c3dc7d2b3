import Arguments
import Evaluation
import Experts
import Foundation
import Kafka
import Memory
import Messages
import Synchronization

struct Latency: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Time from sending a sample to reading its prediction, at a steady rate.",
        discussion: """
            Broker, producer, service and reader share this machine. Ends by itself. With --peer no service is started:
            something else takes records from weir.bench.samples to weir.bench.predictions, under the same keys.
            """)

    @Option(help: "Samples a second.") var rate = 1_000.0
    @Option(help: "Seconds, after four seconds' samples of warming up.") var seconds = 20.0
    @Option(
        parsing: .upToNextOption, help: "Who answers; more experts are more accurate and cost more.")
    var experts = EnsembleConfiguration().experts
    @Option(help: "linger.ms of both producers.") var linger = 0
    @Option(help: "Brokers of a cluster instead of the one in memory; see scripts/bench-kafka.")
    var brokers: String?
    @Flag(help: "Measure what else answers, which must run.") var peer = false

    func run() throws {
        let warm = 2_000 + Int(rate * 4)
        let total = warm + Int(rate * seconds)
        let sent = Mutex([ContinuousClock.Instant?](repeating: nil, count: total))
        let histogram = Mutex((LatencyHistogram(), 0))
        let isInMemory = brokers == nil
        let bench = try Bench(dimension: 64, brokers: brokers, isServed: !peer) {
            $0.memory.keys = 512
            $0.keys.samples = 2_000
            $0.ensemble.experts = experts
            $0.kafka["linger.ms"] = "\(linger)"
            // The broker in memory does not wake a fetch that waits.
            if isInMemory { $0.kafka["fetch.wait.max.ms"] = "1" }
        } onPrediction: { record, now in
            // The key is the sample's id, whoever answers.
            let key = record.key.map { String(decoding: $0, as: UTF8.self) } ?? ""
            guard let number = Int(key), number < total else { return }
            if number >= warm, let start = sent.withLock({ $0[number] }) {
                let took = start.duration(to: now).components
                histogram.withLock {
                    $0.0.record(
                        nanoseconds: UInt64(took.seconds) * 1_000_000_000
                            + UInt64(took.attoseconds / 1_000_000_000))
                }
            }
            histogram.withLock { $0.1 += 1 }
        }
        defer { try? bench.end() }
        let producer = try Producer(properties: bench.configuration.producerProperties) { _ in }
        var mixture = Mixture(dimension: 64, classes: 20, seed: 1)
        let headers = [Header(name: "content-type", text: "application/x-protobuf")]
        var pace = Pace(perSecond: rate)
        for number in 0..<total {
            // The first samples, from which keys are made and experts solved for in quick succession, are not held
            // back; the measured ones begin when those are answered.
            if number == warm {
                try producer.flush(timeoutMilliseconds: 30_000)
                while histogram.withLock({ $0.1 }) < warm {
                    try bench.check()
                    Thread.sleep(forTimeInterval: 0.01)
                }
                pace = Pace(perSecond: rate)
            }
            if number >= warm { pace.wait(for: number - warm) }
            let sample = mixture.next()
            let value = try sample.encodeProtobuf()
            sent.withLock { $0[number] = .now }
            try producer.send(
                topic: bench.configuration.topics.samples, key: Array(sample.id.utf8), value: value,
                headers: headers)
        }
        try producer.flush(timeoutMilliseconds: 30_000)
        let deadline = ContinuousClock.now + .seconds(30)
        while histogram.withLock({ $0.1 }) < total, .now < deadline { Thread.sleep(forTimeInterval: 0.01) }
        producer.close()
        try bench.end()
        let (times, answered) = histogram.withLock { $0 }
        func milliseconds(_ value: MetricValue) -> String {
            String(format: "%.2f", (value.number ?? .nan) / 1e6)
        }
        try StandardOutput.line(
            "\(Int(rate)) samples a second for \(Int(seconds)) s, from send to prediction read, ms: p50 \(milliseconds(times.p50)), p90 \(milliseconds(times.p90)), p99 \(milliseconds(times.p99)), max \(milliseconds(times.max)); answered \(answered) of \(total)"
        )
        if answered < total { throw ExitCode(1) }
    }
}
