import ContinualInference
import Foundation
import KafkaBasics
import Learning

/// What a stream's state depends on: the settings that leave a trace in it, and the network.
struct StreamShape {
    let configuration: Configuration
    /// The network of a stream of frames.
    let network: LoadedModel?
    /// The learner's settings; a network that answers by itself has them without effect.
    let learner: LearnerConfiguration

    init(_ configuration: Configuration, _ network: LoadedModel?) {
        self.configuration = configuration
        self.network = network
        learner = configuration.learner(
            vectorLength: network?.plan.outputShape.count ?? configuration.dimension)
    }

    /// Whether the network's outputs are the answers.
    var isNetworkAnswering: Bool { network != nil && configuration.frames.answers == .network }

    /// What a snapshot of now says of itself.
    func manifest(
        number: Int, createdMilliseconds: Int64, positions: Offsets, state: String,
        lastRecords: [TopicPartition: LastRecord]
    ) -> Snapshot.Manifest {
        Snapshot.Manifest(
            number: number, createdMilliseconds: createdMilliseconds,
            stream: configuration.stream, offsets: positions, learner: learner, keys: keys,
            frames: network.map { Snapshot.Frames(configuration, $0.plan) }, state: state,
            lastRecords: lastRecords)
    }

    private var keys: String {
        configuration.keys.file.isEmpty
            ? "made from the first \(configuration.keys.samples) samples"
            : "made from \(configuration.keys.file)"
    }

    /// Refuses a snapshot that was made under other settings, and says which.
    func check(_ snapshot: Snapshot, folder: String) throws {
        let manifest = snapshot.manifest
        var differences: [String] = []
        func compare(_ name: String, _ kept: String, _ wanted: String) {
            if kept != wanted {
                differences.append("\(name) is \(kept) in the snapshot and \(wanted) in the configuration")
            }
        }
        compare("stream", manifest.stream, configuration.stream)
        compare(
            configuration.inputTopicSetting,
            Set(manifest.offsets.map(\.topic)).sorted().joined(separator: ", "), configuration.inputTopic)
        let wanted = network.map { Snapshot.Frames(configuration, $0.plan) }
        // Without its last layer a network is another one; that the answers differ says it.
        if manifest.frames?.answers == wanted?.answers || manifest.frames == nil || wanted == nil {
            compare("frames.weights", manifest.frames?.network ?? "none", wanted?.network ?? "none")
        }
        if let kept = manifest.frames, let wanted {
            compare("frames.answers", kept.answers.rawValue, wanted.answers.rawValue)
            compare("frames.gaps", kept.gaps.rawValue, wanted.gaps.rawValue)
            compare("frames.gapFrames", "\(kept.gapFrames)", "\(wanted.gapFrames)")
            compare("frames.idleSeconds", "\(kept.idleSeconds)", "\(wanted.idleSeconds)")
        }
        let hasLearner = manifest.frames?.answers != .network && wanted?.answers != .network
        if hasLearner { compare("keys", manifest.keys, keys) }
        // The number of ranked labels and the limit of classes leave no trace in the state.
        var kept = manifest.learner
        kept.topK = learner.topK
        kept.classLimit = learner.classLimit
        let keptValues = hasLearner ? try Self.flattened(kept) : [:]
        let wantedValues = hasLearner ? try Self.flattened(learner) : [:]
        for name in Set(keptValues.keys).union(wantedValues.keys).sorted() {
            compare(name, keptValues[name] ?? "absent", wantedValues[name] ?? "absent")
        }
        guard differences.isEmpty else {
            throw StateError(
                "the snapshots in \(folder) were made under another configuration: \(differences.joined(separator: "; ")). Change the configuration back, or set another snapshots.folder (and consumer.group) to begin anew"
            )
        }
    }

    /// Settings by their dotted names.
    private static func flattened(_ value: some Encodable) throws -> [String: String] {
        var result: [String: String] = [:]
        func walk(_ value: Any, _ path: String) {
            if let section = value as? [String: Any] {
                for (name, inner) in section { walk(inner, path.isEmpty ? name : "\(path).\(name)") }
            } else {
                result[path] = "\(value)"
            }
        }
        walk(try JSONSerialization.jsonObject(with: JSONEncoder().encode(value)), "")
        return result
    }
}
