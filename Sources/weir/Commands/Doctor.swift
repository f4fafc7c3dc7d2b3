import Arguments
import ContinualInference
import Foundation
import Kafka
import Streaming

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that everything a stream needs is there.",
        discussion: """
            Each line says ok, note for what is worth knowing, or wrong and what to do. It tries the rights that
            `weir serve` needs, and no others: reading the input, reading and committing as the group, writing
            predictions, metrics and dead letters. It may run beside a running service.

            To try a right to write it sends a record without a value, its key begins with weir-doctor-, in a way
            that Apache Kafka refuses after it has looked at the rights, so that nothing is kept. Other brokers
            may keep it; `weir tail` passes it over. Exit code 2 when something is wrong.

              weir doctor --config weir.yaml
            """)

    /// What the keys of the doctor's own records begin with.
    static let keyPrefix = "weir-doctor-"

    @OptionGroup var source: ConfigurationSource

    func run() throws {
        let configuration: Configuration
        do {
            configuration = try source.load()
        } catch {
            Terminal.line("\(Terminal.red("wrong"))  configuration: \(error)")
            throw ExitCode(2)
        }
        var findings = Findings()
        findings.check("configuration") {
            "stream \(configuration.stream), \(configuration.hasFrames ? "frames" : "dimension \(configuration.dimension)")"
        }
        findings.check("librdkafka") { ClientLibrary.current.version }
        for warning in ClientLibrary.current.warnings(properties: configuration.consumerProperties) {
            findings.note("librdkafka", warning)
        }
        if configuration.hasFrames { findings.check("network") { try network(configuration) } }
        var state: Snapshot.Manifest?
        findings.check("state folder") { try folder(configuration.snapshots.folder, &state) }
        do {
            let cluster = try ClusterCheck(configuration)
            defer { cluster.close() }
            cluster.run(state, &findings)
        } catch {
            // A certificate that cannot be read, for one.
            findings.check("client") { throw error }
        }
        if !findings.areWell { throw ExitCode(2) }
    }

    /// Loads the network as the service would.
    private func network(_ configuration: Configuration) throws -> String {
        let answers = configuration.frames.answers
        let plan = try LoadedModel(path: configuration.frames.weights, withoutHead: answers == .memory).plan
        let sessions = try configuration.sessionLimit(of: plan)
        return
            "\(plan.name), frames of \(plan.inputShape), \(plan.outputShape.count) \(answers == .memory ? "features" : "classes"), receptive field \(plan.timing.receptiveField); at most \(sessions) sessions of \(plan.stateBytes) bytes"
    }

    private func folder(_ path: String, _ state: inout Snapshot.Manifest?) throws -> String {
        let disk = FileDisk()
        try disk.makeFolder(path)
        // Looked at and let go: beside a running service that is no fault.
        guard try disk.lock("\(path)/lock") != nil else { return "\(path), in use by a running weir" }
        let store = try SnapshotStore(folder: path, keep: 1)
        let newest = try store.newest { path, error in Terminal.note("\(path): \(error)") }
        guard let newest else { return "\(path), no state yet" }
        state = newest.manifest
        return "\(path), snapshot \(newest.manifest.number) with \(newest.manifest.offsets.count) partitions"
    }
}
