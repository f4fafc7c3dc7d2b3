import Experts
import Learning
import Messages
import Streaming

/// What a learner is after records in this order, by the plainest code there is: one record after the other.
struct Fold {
    private(set) var learner: Learner

    init(_ configuration: Configuration, _ records: [SimulatedRecord]) throws {
        learner = try Learner(configuration: configuration.learner(vectorLength: configuration.dimension))
        let decoder = SampleDecoder(
            dimension: configuration.dimension,
            limits: SampleLimits(payloadBytes: configuration.errors.recordBytes))
        let decoded = records.compactMap { record in
            (try? decoder.decode(value: record.value)).map { (record, $0) }
        }
        var vectors: [Float] = []
        var samples = 0
        for (_, content) in decoded {
            switch content {
            case .sample(let sample):
                vectors += sample.features
                samples += 1
            case .instruction(.unlearn(_, let features, _, _)): vectors += features
            case .instruction: break
            }
        }
        let wanted = configuration.keys.samples
        guard samples >= wanted else { return }
        try learner.initialiseKeys(from: Array(vectors.prefix(wanted * configuration.dimension)))
        for (record, content) in decoded { try learn(content, of: record) }
    }

    private mutating func learn(_ content: SampleRecord, of record: SimulatedRecord) throws {
        switch content {
        case .sample(let sample):
            let batch = try learner.encoder.encode(sample.features)
            let asked = LearnerSample(
                id: sample.id, label: sample.label, weight: sample.weight, role: .auto,
                source: SampleSource(
                    topic: record.place.topic, partition: record.place.partition, offset: record.offset))
            _ = try? batch.withSample(0) { try learner.process(asked, $0) }
        case .instruction(.unlearn(let id, let features, let label, let weight)):
            let batch = try learner.encoder.encode(features)
            try? batch.withSample(0) {
                try learner.unlearn(LearnerSample(id: id, label: label, weight: weight), $0)
            }
        case .instruction(.deleteClass(let label)): try? learner.deleteClass(label)
        case .instruction(.renameClass(let label, let to)): try? learner.renameClass(label, to: to)
        case .instruction(.mergeClasses(let label, let into)): try? learner.mergeClass(label, into: into)
        }
    }
}
