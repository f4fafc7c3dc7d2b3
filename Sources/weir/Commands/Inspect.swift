import Arguments
import Foundation
import Learning
import Streaming

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what a snapshot holds.",
        discussion: """
            Checks the file's checksum. The file is safetensors: any reader of that format opens it too.

              weir inspect snapshots/digits/snapshot-000000000012.safetensors
              weir inspect snapshots/digits            # the newest in the folder
            """)

    @Argument(help: "A snapshot, or the folder of a stream's snapshots.") var path: String
    @Flag(help: "Print JSON.") var json = false

    private struct Report: Encodable {
        let path: String
        let manifest: Snapshot.Manifest
        let classes: [String]
        let traces: Int
        let samples: Int
        let labelled: Int
        let keysReady: Bool
        let frozenHash: String
        let learnedHash: String
        let stateHash: String
        let codebookUsage: Double
        let codebookPerplexity: Double?
        let heldOut: Int
        /// Each expert's share of the say.
        let experts: [String: Float]
        let exemplars: Int
        let refreshes: Int
        /// Open sessions of a stream of frames.
        let sessions: Int?
    }

    /// What there is to say of a stream whose network answers by itself.
    private struct NetworkReport: Encodable {
        let path: String
        let manifest: Snapshot.Manifest
        let sessions: Int?
    }

    func run() throws {
        let file = try Self.newest(path)
        let snapshot = try Snapshot(path: file)
        if snapshot.manifest.frames?.answers == .network { return try show(snapshot, file) }
        let learner = try snapshot.learner()
        let usage = learner.memory.usage()
        let report = Report(
            path: file, manifest: snapshot.manifest, classes: learner.classes.labels,
            traces: learner.tracesLearned,
            samples: learner.samples, labelled: learner.labelled, keysReady: learner.isReady,
            frozenHash: learner.memory.frozenHash(), learnedHash: learner.learnedHash(),
            stateHash: try learner.stateHash(), codebookUsage: usage.usedRatio,
            codebookPerplexity: usage.perplexity,
            heldOut: learner.holdOuts.itemCount,
            experts: Dictionary(
                uniqueKeysWithValues: zip(
                    learner.ensemble?.configuration.experts.map(\.rawValue) ?? [],
                    learner.ensemble?.shares ?? [])),
            exemplars: learner.ensemble?.exemplars.count ?? 0,
            refreshes: learner.ensemble?.solution.number ?? 0, sessions: snapshot.sessions)
        if json { return try Terminal.json(report) }
        let memory = snapshot.manifest.learner.memory
        let shown =
            report.classes.prefix(20).joined(separator: ", ") + (report.classes.count > 20 ? ", …" : "")
        try Terminal.table(
            ["snapshot \(snapshot.manifest.number)", ""],
            Self.origin(snapshot, file) + [
                [
                    "memory",
                    "\(memory.codebooks) codebooks x \(memory.keys) keys x \(memory.keyDimension), \(memory.readout.rawValue)",
                ],
                ["keys", report.keysReady ? snapshot.manifest.keys : "not made yet"],
                ["traces learned", "\(report.traces)"],
                ["samples, labelled", "\(report.samples), \(report.labelled)"],
                ["classes (\(report.classes.count))", shown], ["held out", "\(report.heldOut)"],
                [
                    "keys in use",
                    "\(Terminal.fixed(usage.usedRatio * 100, 1)) %, perplexity \(Terminal.fixed(usage.perplexity, 1))",
                ],
                [
                    "experts",
                    report.experts.isEmpty
                        ? "\(memory.readout.rawValue) alone"
                        : report.experts.sorted { $0.value > $1.value }
                            .map { "\($0.key) \(Terminal.fixed(Double($0.value), 2))" }.joined(
                                separator: ", "),
                ],
                ["exemplars kept, solved for", "\(report.exemplars), \(report.refreshes) times"],
                ["frozen part, SHA-256", report.frozenHash], ["learned part, SHA-256", report.learnedHash],
                ["whole state, SHA-256", report.stateHash],
            ])
    }

    private func show(_ snapshot: Snapshot, _ file: String) throws {
        if json {
            let report = NetworkReport(path: file, manifest: snapshot.manifest, sessions: snapshot.sessions)
            return try Terminal.json(report)
        }
        try Terminal.table(["snapshot \(snapshot.manifest.number)", ""], Self.origin(snapshot, file))
    }

    /// Where a snapshot comes from, and the sessions of a stream of frames.
    private static func origin(_ snapshot: Snapshot, _ file: String) -> [[String]] {
        let manifest = snapshot.manifest
        let offsets = Dictionary(grouping: manifest.offsets, by: \.topic).sorted { $0.key < $1.key }
            .map { topic, places in
                [
                    "next offsets of \(topic)",
                    places.map { "\($0.partition)@\($0.offset)" }.joined(separator: " "),
                ]
            }
        var rows = [
            ["file", file],
            [
                "made",
                Date(timeIntervalSince1970: Double(manifest.createdMilliseconds) / 1_000).formatted(.iso8601),
            ],
            ["stream", manifest.stream],
        ]
        rows += offsets
        if let frames = manifest.frames {
            rows += [
                ["network", frames.network], ["answers from the", frames.answers.rawValue],
                ["open sessions", "\(snapshot.sessions ?? 0)"],
            ]
        }
        return rows
    }

    /// The snapshot of that path, or the newest of that folder.
    static func newest(_ path: String) throws -> String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw StreamError("there is no \(path)")
        }
        guard isFolder.boolValue else { return path }
        let names = try FileManager.default.contentsOfDirectory(atPath: path).filter {
            $0.hasPrefix("snapshot-") && $0.hasSuffix(".safetensors")
        }
        guard let newest = names.max() else { throw StreamError("\(path) holds no snapshot") }
        return "\(path)/\(newest)"
    }
}
