import Digests
import Evaluation
import Experts
import JSON
import Memory
import Tensors

extension Learner {
    /// All that is not a tensor.
    private struct Manifest: Codable {
        let classes: ClassTable
        let prequential: PrequentialMetrics
        let calibration: CalibrationWindow
        let holdOuts: HoldOuts<HeldSample>
        /// Nil in older snapshots, where `version` stands for it.
        let tracesLearned: Int?
        /// What older snapshots call the number of traces learned; it is not written.
        let version: Int?
        /// Nil in older snapshots.
        let revision: Int?
        let samples: Int
        let labelled: Int
    }

    private func manifest() throws -> String {
        try JSONText.encoded(
            Manifest(
                classes: classes, prequential: prequential, calibration: calibration, holdOuts: holdOuts,
                tracesLearned: tracesLearned, version: nil, revision: revision, samples: samples,
                labelled: labelled))
    }

    /// The whole state, under the metadata name `learner` what is no tensor.
    public func snapshot() throws -> Safetensors {
        var snapshot = try ensemble?.snapshot() ?? Safetensors()
        snapshot.tensors.merge(memory.snapshot(labels: classes.labels)) { $1 }
        snapshot.metadata["learner"] = try manifest()
        return snapshot
    }

    /// A learner as ``snapshot()`` left it.
    ///
    /// - Throws: ``LearnerError``, `MemoryError` or `SafetensorsError` when the snapshot is damaged or does not
    ///   fit the configuration.
    public init(restoring snapshot: Safetensors, configuration: LearnerConfiguration) throws {
        try self.init(configuration: configuration)
        guard let text = snapshot.metadata["learner"] else {
            throw LearnerError(.snapshot, "the snapshot has no metadata named learner")
        }
        let manifest: Manifest
        do {
            manifest = try JSONText.decoded(Manifest.self, from: text)
        } catch {
            throw LearnerError(.snapshot, "the snapshot's learner cannot be read: \(error)")
        }
        guard let tracesLearned = manifest.tracesLearned ?? manifest.version else {
            throw LearnerError(
                .snapshot, "the snapshot's learner does not say how many traces were learned")
        }
        knowledge.memory = try Bottleneck(
            restoring: snapshot, configuration: configuration.memory, dimension: configuration.dimension,
            labels: manifest.classes.labels)
        if configuration.usesEnsemble {
            knowledge.ensemble = try Ensemble(
                restoring: snapshot, configuration: configuration.ensemble, memory: configuration.memory,
                dimension: configuration.dimension)
        }
        knowledge.classes = manifest.classes
        prequential = manifest.prequential
        calibration = manifest.calibration
        holdOuts = manifest.holdOuts
        knowledge.tracesLearned = tracesLearned
        knowledge.revision = manifest.revision ?? tracesLearned
        samples = manifest.samples
        labelled = manifest.labelled
    }

    /// The SHA-256 of what was learned, free of the order of classes and, but for `sgd`, of the stream.
    public func learnedHash() -> String {
        let hash = SHA256()
        hash.update(memory.learnedHash(labels: classes.labels))
        let order = classes.labels.indices.sorted {
            classes.labels[$0].utf8.lexicographicallyPrecedes(classes.labels[$1].utf8)
        }
        ensemble?.update(hash, order: order)
        return hash.hexadecimal()
    }

    /// The SHA-256 of the whole state: keys, what was learned, what was solved for, metrics, hold-outs.
    public func stateHash() throws -> String {
        let hash = SHA256()
        hash.update(memory.frozenHash())
        hash.update(learnedHash())
        try ensemble?.updateSolved(hash)
        hash.update(Array(try manifest().utf8))
        return hash.hexadecimal()
    }
}
