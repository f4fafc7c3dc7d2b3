import ContinualInference
import Digests
import Foundation
import JSON
import KafkaBasics
import Learning
import Tensors

/// The state of learner, network and sessions, and the offsets up to which they have processed the stream: a
/// safetensors file that any reader of that format opens, with a checksum over all of it.
///
/// Metadata: `weir` holds the manifest as JSON, `learner` the learner's part, `network` that of a network which answers
/// by itself, `sessions` that of the sessions, `sha256` the checksum of the file's bytes with 64 zeros in its own place.
public struct Snapshot: Sendable {
    /// What a snapshot says of itself.
    public struct Manifest: Sendable, Codable, Equatable {
        /// The layout of the file that this code writes. 1 had no experts, 2 (``ManifestFormat2``) is read.
        public static let currentFormat = 3
        /// The layout of the file.
        public var format = currentFormat
        /// The number of the snapshot, rising.
        public var number: Int
        /// When it was made, milliseconds since 1970.
        public var createdMilliseconds: Int64
        /// The stream it belongs to.
        public var stream: String
        /// The offset of the next record, by place, in the order of the places.
        public var offsets: [Position]
        /// The learner's configuration.
        public var learner: LearnerConfiguration
        /// How the keys came to be: from the stream or from which file.
        public var keys: String
        /// What a stream of frames depends on; nil for a stream of samples.
        public var frames: Frames?
        /// What tells the state from all others, in its commits and in the ids of its answers; nil when an earlier Weir made
        /// it.
        public var state: String?

        /// What a snapshot of the present format says.
        package init(
            number: Int, createdMilliseconds: Int64, stream: String, offsets: Offsets,
            learner: LearnerConfiguration, keys: String, frames: Frames? = nil, state: String? = nil,
            lastRecords: [TopicPartition: LastRecord] = [:]
        ) {
            self.number = number
            self.createdMilliseconds = createdMilliseconds
            self.stream = stream
            self.offsets = offsets.sorted { $0.key < $1.key }.map {
                Position($0.key, $0.value, last: lastRecords[$0.key])
            }
            self.learner = learner
            self.keys = keys
            self.frames = frames
            self.state = state
        }

        /// By place the last record that was processed, as far as it is known.
        package var lastRecords: [TopicPartition: LastRecord] {
            offsets.reduce(into: [:]) { $0[$1.place] = $1.last }
        }

        /// The offset of the next record by place.
        public var positions: Offsets {
            Dictionary(offsets.map { ($0.place, $0.offset) }) { first, _ in first }
        }
    }

    /// A place of the log, and an offset there.
    public struct Position: Sendable, Codable, Equatable {
        /// The topic's name.
        public let topic: String
        /// The partition's number.
        public let partition: Int32
        /// The offset.
        public let offset: Int64
        /// The last record before it; nil when none was processed, or an earlier Weir wrote the snapshot.
        package let last: LastRecord?

        init(_ place: TopicPartition, _ offset: Int64, last: LastRecord?) {
            topic = place.topic
            partition = place.partition
            self.offset = offset
            self.last = last
        }

        /// The place.
        public var place: TopicPartition { TopicPartition(topic: topic, partition: partition) }
    }

    /// What the sessions of a snapshot depend on.
    public struct Frames: Sendable, Codable, Equatable {
        /// The network's name and the SHA-256 of its operations and weights.
        public var network: String
        /// What the network's outputs are.
        public var answers: Configuration.Answers
        /// What stands in for missing frames.
        public var gaps: Configuration.Gaps
        /// The most missing frames that are filled.
        public var gapFrames: Int
        /// After how long a session is let go.
        public var idleSeconds: Double

        init(_ configuration: Configuration, _ plan: Plan) {
            network = "\(plan.name), sha256:\(Hexadecimal.string(of: plan.digest))"
            answers = configuration.frames.answers
            gaps = configuration.frames.gaps
            gapFrames = configuration.frames.gapFrames
            idleSeconds = configuration.frames.idleSeconds
        }
    }

    /// What it says of itself.
    public let manifest: Manifest
    /// The learner's tensors and metadata.
    public let content: Safetensors

    /// A snapshot of a learner.
    public init(manifest: Manifest, learner: Learner) throws {
        try self.init(manifest: manifest, parts: [LearnerPart(learner: learner)])
    }

    /// A snapshot of the parts of a stream.
    init(manifest: Manifest, parts: [any SnapshotPart]) throws {
        self.manifest = manifest
        var content = Safetensors()
        for part in parts { try part.write(into: &content) }
        self.content = content
    }

    /// The largest file that is written and read: 64 GiB.
    static let byteLimit = 64 << 30

    private static let zeros = String(repeating: "0", count: 64)

    /// The bytes of the file.
    public func encoded() throws -> Data {
        var file = content
        file.metadata["weir"] = try JSONText.encoded(manifest)
        file.metadata["sha256"] = Self.zeros
        var data = file.encoded()
        let header = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard header <= UInt64(Safetensors.headerBytesLimit) else {
            throw StateError(
                "the snapshot's header would have \(header) bytes, more than can be read again; lower evaluation.holdOutPerClass or evaluation.classLimit"
            )
        }
        guard data.count <= Self.byteLimit else {
            throw StateError(
                "the snapshot would have \(data.count) bytes, more than the \(Self.byteLimit) that can be read again; lower frames.stateBytes or evaluation.classLimit"
            )
        }
        guard let place = data.range(of: Data("\"sha256\":\"\(Self.zeros)\"".utf8)) else {
            throw StateError("the snapshot's header has no place for its checksum")
        }
        let digest = Self.digest(data)
        data.replaceSubrange((place.lowerBound + 10)..<(place.upperBound - 1), with: Data(digest.utf8))
        return data
    }

    private static func digest(_ data: Data) -> String {
        let hash = SHA256()
        data.withUnsafeBytes { hash.update($0) }
        return hash.hexadecimal()
    }

    /// Reads a file and checks it.
    ///
    /// - Throws: ``StateError`` or `SafetensorsError` with the path, that says what is broken.
    public init(path: String) throws {
        // Whatever a person has named may have a size that has nothing to do with what it says it holds.
        try Safetensors.check(path: path, limit: Self.byteLimit)
        guard let data = try FileDisk().read(path) else { throw StateError("\(path) is not there") }
        do {
            try self.init(data)
        } catch {
            throw StateError("\(path): \(error)")
        }
    }

    /// Reads the bytes of a file and checks them.
    ///
    /// - Throws: ``StateError`` or `SafetensorsError` that says what is broken.
    package init(_ bytes: Data) throws {
        var data = bytes
        let file = try Safetensors(bytes: data)
        guard let recorded = file.metadata["sha256"], recorded.utf8.count == 64,
            let place = data.range(of: Data("\"sha256\":\"\(recorded)\"".utf8))
        else { throw StateError("it has no checksum: it is no snapshot of Weir") }
        data.replaceSubrange((place.lowerBound + 10)..<(place.upperBound - 1), with: Data(Self.zeros.utf8))
        guard Self.digest(data) == recorded else {
            throw StateError("its checksum does not fit its content: it is damaged")
        }
        guard let text = file.metadata["weir"] else { throw StateError("it has no manifest") }
        // Before all else, of which another format may have more or less.
        struct Format: Decodable {
            let format: Int
        }
        do {
            let format = try JSONText.decoded(Format.self, from: text).format
            guard (2...Manifest.currentFormat).contains(format) else {
                throw StateError(
                    format < Manifest.currentFormat
                        ? "it has the format \(format) of an earlier Weir, this one reads 2 and \(Manifest.currentFormat). Go on with the earlier one, or begin anew with another snapshots.folder and consumer.group: with start: earliest the log teaches the new model"
                        : "it has the format \(format) of a newer Weir, this one reads 2 and \(Manifest.currentFormat). Go on with the newer one, or begin anew with another snapshots.folder and consumer.group: with start: earliest the log teaches the new model",
                    isOfNewerVersion: format > Manifest.currentFormat)
            }
            manifest =
                format == 2
                ? try JSONText.decoded(ManifestFormat2.self, from: text).manifest
                : try JSONText.decoded(Manifest.self, from: text)
        } catch let error as StateError {
            throw error
        } catch {
            throw StateError("its manifest cannot be read: \(error)")
        }
        content = file
    }

    /// The learner as it was.
    ///
    /// - Throws: ``StateError`` when the stream has none, since a network answers by itself.
    public func learner() throws -> Learner {
        guard manifest.frames?.answers != .network else {
            throw StateError("the stream's network answers by itself; there is no learner")
        }
        return try Learner(restoring: content, configuration: manifest.learner)
    }

    /// What is known of a network's own answers; nil when there is a learner.
    package func network() throws -> NetworkAnswers.Kept? {
        guard let text = content.metadata["network"] else { return nil }
        do {
            return try JSONText.decoded(NetworkAnswers.Kept.self, from: text)
        } catch {
            throw StateError("what it knows of the network's answers cannot be read: \(error)")
        }
    }

    /// The number of open sessions; nil for a stream of samples.
    public var sessions: Int? {
        manifest.frames.map { _ in content.tensors["sessions.states"]?.shape.first ?? 0 }
    }
}
