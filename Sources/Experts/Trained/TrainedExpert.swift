import Memory
import Tensors

/// The trained prototypes as an expert. They are trained on three quarters of the exemplars, and tried on the others:
/// what a sample taught them cannot be taken back.
struct TrainedExpert: Expert {
    /// They are made from exemplars.
    static let needs: StatisticsNeeds = []

    private let prototypes: TrainedPrototypes
    /// The class that each class of the prototypes stands for.
    private let classes: [Int]

    private init(_ prototypes: TrainedPrototypes, classes: [Int]) {
        self.prototypes = prototypes
        self.classes = classes
    }

    private static func isKeptFromTraining(_ exemplar: Exemplar) -> Bool { exemplar.hash % 4 == 0 }

    /// Classes and samples go to the training in the order of their hashes, which no stream decides.
    static func fit(_ statistics: inout Statistics, _ settings: ExpertSettings) -> TrainedExpert? {
        let byClass = statistics.exemplars.byClass
        let classes = byClass.indices.filter { !byClass[$0].isEmpty }
            .sorted { Exemplar.precedes(byClass[$0][0], byClass[$1][0]) }
        var vectors: [Float] = []
        var numbers: [Int] = []
        for (number, index) in classes.enumerated() {
            for member in byClass[index] where !isKeptFromTraining(member) {
                for step in member.steps { vectors.append(Float(step) / FeatureScale.stepsPerUnit) }
                numbers.append(number)
            }
        }
        return TrainedPrototypes.fitted(
            to: vectors, rows: numbers.count, classIndices: numbers,
            weights: [Float](repeating: 1, count: numbers.count), classCount: classes.count,
            configuration: .init(), seed: settings.memory.seed
        ).map { TrainedExpert($0, classes: classes) }
    }

    func score(
        _ input: ExpertInput, codes _: UnsafeBufferPointer<UInt16>, memory _: Bottleneck,
        into scores: UnsafeMutableBufferPointer<Float>
    ) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: prototypes.classCount) { own in
            input.scaled.withUnsafeBufferPointer {
                prototypes.score(UnsafeBufferPointer(rebasing: $0[..<prototypes.dimension]), into: own)
            }
            scores.update(repeating: -.infinity)
            for (number, index) in classes.enumerated() where index < scores.count {
                scores[index] = own[number]
            }
        }
    }

    func mayBeTried(on exemplar: Exemplar) -> Bool { Self.isKeptFromTraining(exemplar) }

    /// Nothing to take back.
    func leaveOut(
        _: Trial, _: ExpertInput, _: Statistics, memory _: Bottleneck,
        scores _: UnsafeMutableBufferPointer<Float>
    ) {}

    func keep(in parts: inout KeptParts) {
        let count = prototypes.classIndices.count
        parts["trained"] = TensorData(prototypes.vectors, shape: [count, prototypes.dimension])
        parts["trainedClasses"] = TensorData(prototypes.classIndices, shape: [count])
        parts["trainedReadout"] = TensorData(prototypes.readout, shape: [count, prototypes.classCount])
        parts["trainedNames"] = TensorData(classes, shape: [classes.count])
        parts.numbers["trainedSources"] = .list(prototypes.sources)
    }

    static func restored(
        from parts: KeptParts, _: inout Statistics, _ settings: ExpertSettings
    ) throws -> TrainedExpert? {
        guard let sources = parts.numbers["trainedSources"]?.list else { return nil }
        let classes = try parts.tensor("trainedNames").integers() ?? []
        let indices = try parts.tensor("trainedClasses").integers() ?? []
        let vectors = try parts.tensor("trained").floats()
        let readout = try parts.tensor("trainedReadout")
        guard readout.shape.count == 2, sources.count == indices.count, classes.count == readout.shape[1],
            indices.allSatisfy({ classes.indices.contains($0) }), classes.allSatisfy({ $0 >= 0 }),
            vectors.count == indices.count * settings.dimension, readout.shape[0] == indices.count
        else { throw KeptParts.misfit("trained prototypes") }
        return TrainedExpert(
            TrainedPrototypes(
                dimension: settings.dimension, classCount: classes.count, classIndices: indices,
                sources: sources, vectors: vectors, readout: readout.floats()), classes: classes)
    }
}
