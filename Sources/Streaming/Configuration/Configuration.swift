import Experts
import Foundation
import KafkaBasics
import Learning
import Log
import Memory

/// All settings of one stream, as `weir.yaml` gives them. Every setting but ``stream``, ``brokers`` and
/// ``dimension`` has a default.
public struct Configuration: Sendable, Codable, Equatable {
    /// The stream's name, at most 100 bytes: the default of topics, group and folder.
    public var stream = "stream"
    /// `host:port,...` of Kafka brokers to begin with.
    public var brokers = "localhost:9092"
    /// The length of a sample's vector; of a stream of frames the number of the network's outputs, found by itself.
    public var dimension = 1
    /// Where records come from and go to.
    public var topics = Topics()
    /// Any librdkafka property, for all clients: TLS and SASL are set here.
    public var kafka: [String: String] = [:]
    /// The network that frames are stepped through, for a stream of frames.
    public var frames = Frames()
    /// How records are read.
    public var consumer = ConsumerSettings()
    /// The memory that learns.
    public var memory = BottleneckConfiguration()
    /// The experts that answer together.
    public var ensemble = EnsembleConfiguration()
    /// Where the keys come from.
    public var keys = Keys()
    /// What is measured.
    public var evaluation = EvaluationSettings()
    /// What a prediction says.
    public var predictions = Predictions()
    /// How often metrics are published.
    public var metrics = Metrics()
    /// How the state is kept.
    public var snapshots = Snapshots()
    /// What happens to records that cannot be used.
    public var errors = Errors()
    /// What the service says of itself.
    public var log = LogSettings()

    /// Topic names; an empty one becomes `weir.<stream>.<kind>`.
    public struct Topics: Sendable, Codable, Equatable {
        /// Samples to learn from and to answer.
        public var samples = ""
        /// Frames to step through the network, in the place of samples.
        public var frames = ""
        /// Predictions.
        public var predictions = ""
        /// Metrics.
        public var metrics = ""
        /// Records that could not be used.
        public var deadLetters = ""
    }

    /// How records are read.
    public struct ConsumerSettings: Sendable, Codable, Equatable {
        /// The consumer group under which progress is committed; empty for `weir-<stream>`.
        public var group = ""
        /// Where a stream without state begins.
        public var start = Start.earliest
        /// The largest number of records taken at once.
        public var batchRecords = 2_048
        /// The number of threads that decode and encode; 0 for one a core.
        public var workers = 0
    }

    /// Where a stream without state begins.
    public enum Start: String, Sendable, Codable, CaseIterable {
        /// At the oldest record.
        case earliest
        /// After the newest.
        case latest
    }

    /// Where the keys come from.
    public struct Keys: Sendable, Codable, Equatable {
        /// A safetensors, CSV or JSON-lines file of vectors; empty for the first samples of the stream.
        public var file = ""
        /// The tensor of a safetensors file; empty for the only one.
        public var tensor = ""
        /// The number of samples of the stream that the keys are made from. They are answered and learned
        /// afterwards, in their order.
        public var samples = 1_000
    }

    /// What is measured.
    public struct EvaluationSettings: Sendable, Codable, Equatable {
        /// The number of labelled samples that windowed metrics look back over.
        public var window = 1_000
        /// The part of labelled samples that is held out and never learned.
        public var holdOutFraction = 0.05
        /// The number held out per class and generation.
        public var holdOutPerClass = 50
        /// The largest number of classes.
        public var classLimit = 10_000
    }

    /// What a prediction says.
    public struct Predictions: Sendable, Codable, Equatable {
        /// How it is written.
        public var format = Format.json
        /// The number of ranked labels.
        public var top = 3
        /// Whether it carries the sample's codes.
        public var codes = false
        /// Whether every prediction carries its reasons; a sample can ask for its own by `"explain": true`.
        public var reasons = false
    }

    /// How a message is written.
    public enum Format: String, Sendable, Codable, CaseIterable {
        /// JSON, for people and most programs.
        case json
        /// Protobuf (`schemas/weir.proto`), smaller and faster.
        case protobuf
    }

    /// How often metrics are published.
    public struct Metrics: Sendable, Codable, Equatable {
        /// Seconds between two messages.
        public var intervalSeconds = 10.0
    }

    /// How the state is kept.
    public struct Snapshots: Sendable, Codable, Equatable {
        /// The folder; empty for `snapshots/<stream>`.
        public var folder = ""
        /// Seconds between two snapshots.
        public var intervalSeconds = 60.0
        /// The number of snapshots that are kept.
        public var keep = 3
    }

    /// What happens to records that cannot be used.
    public struct Errors: Sendable, Codable, Equatable {
        /// The service stops when more than this part of the last ``window`` records failed.
        public var tolerance = 0.5
        /// The number of records that the part is taken of.
        public var window = 1_000
        /// The largest record that is read.
        public var recordBytes = 1 << 20
    }

    /// What the service says of itself on standard error.
    public struct LogSettings: Sendable, Codable, Equatable {
        /// How lines are written.
        public var format = LogFormat.text
        /// Lines that matter less are left out.
        public var level = LogLevel.info
    }

    /// The most bytes of a stream's name, which leave room for the rest of a topic's.
    private static let streamBytesMax = 100

    /// The defaults.
    public init() {}

    /// The configuration with names filled in and every setting checked.
    ///
    /// - Throws: ``ConfigurationError``, or the error of the part that a setting belongs to.
    public func completed() throws -> Configuration {
        var result = self
        guard TopicName.isValid(stream, bytesMax: Self.streamBytesMax) else {
            throw ConfigurationError(
                "stream must be \(TopicName.rule(bytesMax: Self.streamBytesMax)): topics and a folder are named after it",
                setting: "stream")
        }
        if result.topics.samples.isEmpty { result.topics.samples = "weir.\(stream).samples" }
        if result.topics.frames.isEmpty { result.topics.frames = "weir.\(stream).frames" }
        if result.topics.predictions.isEmpty { result.topics.predictions = "weir.\(stream).predictions" }
        if result.topics.metrics.isEmpty { result.topics.metrics = "weir.\(stream).metrics" }
        if result.topics.deadLetters.isEmpty { result.topics.deadLetters = "weir.\(stream).dlq" }
        if result.consumer.group.isEmpty { result.consumer.group = "weir-\(stream)" }
        if result.snapshots.folder.isEmpty { result.snapshots.folder = "snapshots/\(stream)" }
        let topics = result.topics
        for (name, topic) in [
            ("topics.samples", topics.samples), ("topics.frames", topics.frames),
            ("topics.predictions", topics.predictions),
            ("topics.metrics", topics.metrics), ("topics.deadLetters", topics.deadLetters),
        ] {
            guard TopicName.isValid(topic) else {
                throw ConfigurationError(
                    "\(name) must be \(TopicName.rule()), as Kafka wants it", setting: name)
            }
        }
        guard ![topics.predictions, topics.metrics, topics.deadLetters].contains(result.inputTopic) else {
            throw ConfigurationError(
                "\(inputTopicSetting) names a topic that Weir also writes to: it would read its own output. Give them different names",
                setting: inputTopicSetting)
        }
        guard !brokers.isEmpty else {
            throw ConfigurationError(
                "brokers is empty; give host:port of at least one broker", setting: "brokers")
        }
        try checkTexts()
        try Self.check("dimension", dimension, 1...65_536)
        try Self.check("consumer.batchRecords", consumer.batchRecords, 1...100_000)
        try Self.check("consumer.workers", consumer.workers, 0...256)
        try Self.check("keys.samples", keys.samples, 1...1_000_000)
        try Self.check("metrics.intervalSeconds", metrics.intervalSeconds, 0.1...86_400)
        try Self.check("snapshots.intervalSeconds", snapshots.intervalSeconds, 0.1...86_400)
        try Self.check("snapshots.keep", snapshots.keep, 1...1_000)
        try Self.check("errors.tolerance", errors.tolerance, 0...1)
        try Self.check("errors.window", errors.window, 10...1_000_000)
        try Self.check("errors.recordBytes", errors.recordBytes, 16...(64 << 20))
        for owned in [
            "bootstrap.servers", "metadata.broker.list", "group.id", "enable.auto.commit",
            "auto.offset.reset",
        ]
        where kafka[owned] != nil {
            let instead = [
                "bootstrap.servers": "use brokers instead", "metadata.broker.list": "use brokers instead",
                "group.id": "use consumer.group instead",
                "auto.offset.reset": "use consumer.start instead",
            ]
            throw ConfigurationError(
                "kafka.\(owned) is set by Weir itself; \(instead[owned] ?? "leave it out")",
                setting: "kafka.\(owned)")
        }
        try checkFrames()
        // With frames the dimension is the network's, which the service asks for it. All other ranges hold for every
        // kind of stream, used or not.
        try result.learner.checkRanges()
        if !hasFrames { _ = try result.learner.validated() }
        return result
    }

    /// The part that makes the learner.
    public var learner: LearnerConfiguration { learner(vectorLength: dimension) }

    /// The part that makes the learner.
    ///
    /// - Parameter vectorLength: the values of what it is asked with: of a network's outputs, they are not ``dimension``.
    public func learner(vectorLength: Int) -> LearnerConfiguration {
        var result = LearnerConfiguration(dimension: vectorLength)
        result.memory = memory
        result.ensemble = ensemble
        result.topK = predictions.top
        result.classLimit = evaluation.classLimit
        result.window = evaluation.window
        result.holdOutFraction = evaluation.holdOutFraction
        result.holdOutPerClass = evaluation.holdOutPerClass
        return result
    }

    static func check<Value: Comparable>(_ name: String, _ value: Value, _ range: ClosedRange<Value>)
        throws
    {
        guard range.contains(value) else {
            throw ConfigurationError(
                "\(name) must lie in \(range.lowerBound)...\(range.upperBound)", setting: name)
        }
    }

    /// Checks texts that may be anything but what the system or a client could not take as it stands.
    private func checkTexts() throws {
        for (name, text) in [("brokers", brokers), ("consumer.group", consumer.group)]
        where text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            throw ConfigurationError("\(name) has a control character; leave it out", setting: name)
        }
        for (name, path) in [
            ("keys.file", keys.file), ("frames.weights", frames.weights),
            ("snapshots.folder", snapshots.folder),
        ] where path.utf8.contains(0) {
            throw ConfigurationError(
                "\(name) has a NUL character, which no path has; leave it out", setting: name)
        }
    }
}
