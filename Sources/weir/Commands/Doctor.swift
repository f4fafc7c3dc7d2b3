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
        var findings = Findings()
        do {
            configuration = try source.load()
        } catch {
            try findings.check("configuration") { throw error }
            throw ExitCode(2)
        }
        try findings.check("configuration") {
            "stream \(configuration.stream), \(configuration.hasFrames ? "frames" : "dimension \(configuration.dimension)")"
        }
        try findings.check("librdkafka") { ClientLibrary.current.version }
        for warning in ClientLibrary.current.warnings(properties: configuration.consumerProperties) {
            try findings.note("librdkafka", warning)
        }
        if configuration.hasFrames { try findings.check("network") { try network(configuration) } }
        var state: Snapshot.Manifest?
        try findings.check("state folder") { try folder(configuration.snapshots.folder, &state) }
        switch Result(catching: { try ClusterCheck(configuration) }) {
        case .success(let cluster):
            defer { cluster.close() }
            try cluster.run(state, &findings)
        case .failure(let error):
            // A certificate that cannot be read, for one.
            try findings.check("client") { throw error }
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

    /// Looks at the state. Nothing is made, locked or removed: a service may be running, or about to start.
    private func folder(_ path: String, _ state: inout Snapshot.Manifest?) throws -> String {
        guard try FileDisk().hasFolder(path) else { return "\(path), which comes with the first start" }
        let store = SnapshotStore(lookingInto: path)
        var broken: [(path: String, error: any Error)] = []
        var newest: Snapshot?
        // A service that runs may have put a newer one in the place of what was to be read: that is there then.
        for _ in 0..<3 {
            broken = []
            newest = try store.newest { broken.append(($0, $1)) }
            if broken.isEmpty { break }
        }
        for (path, error) in broken { Terminal.note("\(path): \(error)") }
        guard let newest else { return "\(path), no state yet" }
        state = newest.manifest
        return "\(path), snapshot \(newest.manifest.number) with \(newest.manifest.offsets.count) partitions"
    }
}
