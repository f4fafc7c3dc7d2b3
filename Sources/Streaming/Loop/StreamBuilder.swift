import ContinualInference
import Experts
import Foundation
import KafkaBasics
import Learning
import Log
import Memory
import Messages
import Text

/// Makes the parts of a stream. The only place that knows which kinds of stream there are.
struct StreamBuilder {
    /// What a stream is made of.
    struct Parts {
        let input: InputLog
        /// How far the places of the input reach.
        let ends: PlaceEnds
        let stage: any InputStage
        let model: any StreamModel
        let output: OutputWriter
        let keeper: StateKeeper
    }

    let configuration: Configuration
    let logger: Logger
    let stop: StopFlag
    let seams: Seams

    /// Opens folder, outputs and state, in this order. Nothing is read yet.
    func build() throws -> Parts {
        let network = try loadNetwork()
        let shape = StreamShape(configuration, network)
        let store = try SnapshotStore(
            folder: configuration.snapshots.folder, keep: configuration.snapshots.keep, disk: seams.disk)
        let keeper = StateKeeper(store: store, shape: shape, seams: seams, logger: logger)
        let output = try OutputWriter(
            configuration, decoderName: network == nil ? SampleStage.decoderName : FrameStage.decoderName,
            seams: seams, logger: logger)
        let wait = StartupWait(clock: seams.clock, stop: stop, logger: logger)
        let ends = try placeEnds(wait)
        let state = try RestoredState.restore(keeper, shape: shape, ends: ends, logger: logger)
        let workers =
            configuration.consumer.workers > 0
            ? configuration.consumer.workers : ProcessInfo.processInfo.activeProcessorCount
        let stage = stage(network, state, workers: workers)
        let journal = try OrderJournal(
            path: store.journalPath(state.number), topics: [configuration.inputTopic], on: seams.disk)
        // It asks what the group has committed, whose coordinator may just be moving.
        let input = try wait.until(
            "what group \(configuration.consumer.group) committed", othersPass: false
        ) {
            try InputLog(
                seams, configuration, state: state, ends: ends, journal: journal, logger: logger)
        }
        let model = model(state, width: stage.vectorLength)
        try makeKeys(of: model, width: stage.vectorLength)
        return Parts(input: input, ends: ends, stage: stage, model: model, output: output, keeper: keeper)
    }

    /// Makes the keys of a new model from a file, where one is named.
    private func makeKeys(of model: any StreamModel, width: Int) throws {
        guard !model.isReady, !configuration.keys.file.isEmpty else { return }
        logger.info("making keys from \(configuration.keys.file)")
        let vectors: [Float]
        do {
            vectors = try VectorFile.keys(
                path: configuration.keys.file, tensor: configuration.keys.tensor, dimension: width)
        } catch {
            throw StreamError("keys.file: \(error)")
        }
        let report = try model.makeKeys(from: vectors)
        logger.info("keys: \(report)")
    }

    private func stage(_ network: LoadedModel?, _ state: RestoredState, workers: Int) -> any InputStage {
        let limits = SampleLimits(payloadBytes: configuration.errors.recordBytes)
        guard let network, let sessions = state.sessions else {
            return SampleStage(
                decoder: SampleDecoder(dimension: configuration.dimension, limits: limits), workers: workers)
        }
        return FrameStage(
            model: network,
            decoder: FrameDecoder(dimension: network.plan.inputShape.count, limits: limits),
            workers: workers, patience: .milliseconds(configuration.frames.latencyMilliseconds),
            table: sessions.table, states: sessions.states, logger: logger)
    }

    private func model(_ state: RestoredState, width: Int) -> any StreamModel {
        switch state.model {
        case .learner(let learner):
            LearnerModel(
                learner, width: width, givesReasons: configuration.predictions.reasons,
                givesCodes: configuration.predictions.codes)
        case .network(let answers):
            NetworkModel(answers, width: width, top: configuration.predictions.top)
        }
    }

    /// The network of a stream of frames; nil for a stream of samples.
    private func loadNetwork() throws -> LoadedModel? {
        guard configuration.hasFrames else { return nil }
        let isEncoder = configuration.frames.answers == .memory
        let network: LoadedModel
        do {
            network = try LoadedModel(path: configuration.frames.weights, withoutHead: isEncoder)
        } catch {
            throw StreamError("frames.weights: \(error)")
        }
        let outputs = network.plan.outputShape.count
        guard configuration.dimension == 1 || configuration.dimension == outputs else {
            throw StreamError(
                "dimension is \(configuration.dimension), but \(network.plan.name) of frames.weights gives \(outputs); leave dimension out"
            )
        }
        if isEncoder { _ = try configuration.learner(vectorLength: outputs).validated() }
        guard isEncoder || network.labels.isEmpty || network.labels.count == outputs else {
            throw StreamError(
                "\(configuration.frames.weights) names \(network.labels.count) classes, but the network has \(outputs) outputs; write the file anew"
            )
        }
        _ = try configuration.sessionPolicy(for: network.plan)
        return network
    }

    /// Asks the cluster for the places of the input and their ends.
    private func placeEnds(_ wait: StartupWait) throws -> PlaceEnds {
        let topic = configuration.inputTopic
        // A topic that was made a moment ago may not be known everywhere yet, nor have its leaders.
        return try wait.until("topic \(topic) on \(configuration.brokers)", othersPass: true) {
            var ends: PlaceEnds = [:]
            for partition in try seams.log.partitions(of: topic) {
                let place = TopicPartition(topic: topic, partition: partition)
                ends[place] = try seams.log.ends(of: place, within: .seconds(5))
            }
            guard !ends.isEmpty else {
                throw StreamError(
                    "it does not exist, or this user has no right to see it. Create it (`kafka-topics.sh --bootstrap-server \(configuration.brokers.shellWord) --create --topic \(topic) --partitions 4`), grant Read on it, or name another as \(configuration.inputTopicSetting)"
                )
            }
            return ends
        }
    }
}
