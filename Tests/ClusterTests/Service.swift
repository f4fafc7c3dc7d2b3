import Foundation
import Glibc
import Kafka
import Messages
import TestSupport
import Testing

/// A stream of its own on the cluster, and the `weir` program that serves it.
final class Service {
    /// The built program, which lies beside the tests.
    static let program = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appendingPathComponent("weir")

    /// So long may a stop take, whatever happens.
    static let patience = 30.0

    let folder: String
    let name: String
    let samples: String
    let predictions: String
    let deadLetters: String
    let metrics: String
    let group: String
    private let settings: String
    private let metricsReader: TopicReader
    private var process: Process?
    /// How often it was stopped and ended well.
    private var goodEnds = 0

    /// Prepares a stream, with all its topics but that of the samples.
    ///
    /// - Parameters:
    ///   - samples: the topic to read; one of its own when nil.
    ///   - group: the group; one of its own when nil.
    ///   - settings: more lines of the settings file.
    init(
        _ what: String, samples: String? = nil, group: String? = nil, snapshotSeconds: Double = 1,
        keys: Int = 20, settings: String = ""
    ) throws {
        name = Cluster.uniqueName(what)
        self.samples = samples ?? "\(name).samples"
        predictions = "\(name).predictions"
        deadLetters = "\(name).dlq"
        metrics = "\(name).metrics"
        self.group = group ?? name
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("weir-\(name)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.settings = """
            stream: \(name)
            brokers: \(Cluster.brokers)
            dimension: \(SampleSource.dimension)
            topics: { samples: \(self.samples), predictions: \(predictions), metrics: \(metrics), deadLetters: \(deadLetters) }
            consumer: { group: \(self.group) }
            memory: { codebooks: 4, keys: 8, keyDimension: 2 }
            ensemble: { experts: [counts] }
            keys: { samples: \(keys) }
            metrics: { intervalSeconds: 1 }
            snapshots: { folder: \(folder)/state, intervalSeconds: \(snapshotSeconds) }
            \(settings)
            """
        try self.settings.write(toFile: "\(folder)/weir.yaml", atomically: true, encoding: .utf8)
        let admin = try AdminClient()
        for topic in [predictions, deadLetters, metrics] { try admin.createTopic(topic) }
        metricsReader = TopicReader(metrics)
    }

    deinit {
        kill()
        metricsReader.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// What it has logged, in all its lives.
    var log: String { (try? String(contentsOfFile: "\(folder)/serve.log", encoding: .utf8)) ?? "" }

    /// The lines of a level.
    func lines(_ level: String) -> [String] {
        log.split(separator: "\n").map(String.init).filter { $0.contains(" \(level) weir") }
    }

    /// Whether it runs.
    var isRunning: Bool { process?.isRunning ?? false }

    /// The number of the process; 0 when there was none.
    var processIdentifier: Int32 { process?.processIdentifier ?? 0 }

    /// How often it has begun to serve.
    var starts: Int { log.split(separator: "\n").count { $0.contains("serving stream \(name):") } }

    /// Starts the program. What it prints is added to the log.
    func launch() throws {
        let path = "\(folder)/serve.log"
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.seekToEnd()
        let started = Process()
        started.executableURL = Self.program
        started.arguments = ["serve", "--config", "\(folder)/weir.yaml"]
        started.currentDirectoryURL = URL(fileURLWithPath: folder)
        started.standardError = handle
        started.standardOutput = handle
        try started.run()
        process = started
    }

    /// What the doctor says of the stream.
    func doctor() throws -> (output: String, status: Int32) {
        let process = Process()
        process.executableURL = Self.program
        process.arguments = ["doctor", "--config", "\(folder)/weir.yaml"]
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (String(decoding: data, as: UTF8.self), process.terminationStatus)
    }

    /// Starts the program, and waits until it serves.
    func start() throws {
        let before = starts
        try launch()
        #expect(eventually { starts > before || !isRunning } && isRunning, "\(log)")
    }

    /// Waits for the end; kills what does not come to one.
    ///
    /// - Returns: the exit code; nil if it had to be killed.
    func exitCode(within seconds: Double = Service.patience) -> Int32? {
        guard let process else { return nil }
        guard eventually(seconds: seconds, { !process.isRunning }) else {
            kill()
            return nil
        }
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    /// Asks it to end.
    ///
    /// - Returns: the exit code; nil if it did not end in 30 s.
    func stop() -> Int32? {
        if process?.isRunning == true { process?.terminate() }
        let code = exitCode()
        if code == 0 { goodEnds += 1 }
        return code
    }

    /// Ends it without notice.
    func kill() {
        guard let process, process.isRunning else { return }
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Sends it a signal.
    func send(_ signal: Int32) { Glibc.kill(processIdentifier, signal) }

    /// Its metrics so far, those of all its lives, oldest first. The log does not repeat a line soon, so it does not do.
    var reports: [MetricsMessage] {
        metricsReader.all.compactMap { entry in
            try? entry.value.withUnsafeBytes { bytes throws(Rejection) in try MetricsMessage(json: bytes) }
        }
    }

    /// The numbers of the snapshots in its folder.
    var snapshots: Set<String> {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/state")) ?? []
        return Set(names.filter { $0.hasPrefix("snapshot-") && $0.hasSuffix(".safetensors") })
    }

    /// Waits until a snapshot holds all that it has processed by now: one that is new, or the newest, which says so by its
    /// time.
    @discardableResult
    func awaitSnapshot(seconds: Double = 20) -> Bool {
        let asked = Date.now
        func isKept() -> Bool {
            snapshots.contains { name in
                let url = URL(fileURLWithPath: "\(folder)/state/\(name)")
                let values = try? url.resourceValues(forKeys: [.contentModificationDateKey])
                return values?.contentModificationDate ?? .distantPast > asked
            }
        }
        return eventually(seconds: seconds) { isKept() || !isRunning } && isKept()
    }

    /// What `weir inspect --json` says of its newest snapshot.
    func inspect() throws -> [String: Any] {
        let inspection = Process()
        inspection.executableURL = Self.program
        inspection.arguments = ["inspect", "\(folder)/state", "--json"]
        let output = Pipe()
        inspection.standardOutput = output
        try inspection.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        inspection.waitUntilExit()
        return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }

    /// How many records it counted as lost in its last life, as its last metrics say.
    func recordsLost() throws -> Int {
        func finals() -> [MetricsMessage] { reports.filter(\.isFinal) }
        guard eventually(seconds: 20, { finals().count >= goodEnds }), let message = finals().last else {
            throw ClusterError("there are no last metrics of \(goodEnds) lives")
        }
        return Int(message.number(.recordsLost) ?? -1)
    }

    /// Begins to collect its answers and dead letters.
    func answers() -> Answers { Answers(predictions: predictions, deadLetters: deadLetters) }

    /// A partition of its samples.
    func place(_ partition: Int32 = 0) -> TopicPartition {
        TopicPartition(topic: samples, partition: partition)
    }
}
