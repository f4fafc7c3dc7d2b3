import Memory
import Tensors

extension Solution {
    /// All that is no tensor.
    struct Manifest: Codable {
        let combination: Combination
        let immediate: Combination
        let familiarity: Familiarity?
        let weights: [Int]
        let number: Int
        let scatterShare: Float?
        let covarianceProgress: [Int]?
        let prototypeAssignments: [[Int]]?
        let trainedSources: [Int]?
    }

    /// All that is no tensor.
    var manifest: Manifest {
        Manifest(
            combination: combination, immediate: immediate, familiarity: familiarity, weights: weights,
            number: number, scatterShare: covariance?.solved.scatterShare,
            covarianceProgress: covariance?.progress, prototypeAssignments: prototypes?.parts.assignments,
            trainedSources: trained?.sources)
    }

    /// What was solved for, as tensors whose names begin with `prefix`.
    func tensors(_ prefix: String) -> [String: TensorData] {
        var tensors: [String: TensorData] = [:]
        if let covariance {
            let (precision, _) = covariance.solved
            let width = Int(Double(precision.count).squareRoot().rounded())
            tensors["\(prefix).precision"] = TensorData(precision, shape: [width, width])
            tensors["\(prefix).means"] = TensorData(
                covariance.multipliedMeans, shape: [covariance.progress.count, width])
        }
        if let ridge {
            let weights = ridge.solved
            tensors["\(prefix).ridge"] = TensorData(
                weights, shape: [ridge.classCount, weights.count / max(1, ridge.classCount)])
        }
        if let prototypes {
            let (sums, classes, _) = prototypes.parts
            tensors["\(prefix).prototypes"] = TensorData(
                sums, shape: [classes.count, sums.count / max(1, classes.count)])
            tensors["\(prefix).prototypeClasses"] = TensorData(classes, shape: [classes.count])
        }
        if let trained {
            tensors["\(prefix).trained"] = TensorData(
                trained.vectors, shape: [trained.classIndices.count, trained.dimension])
            tensors["\(prefix).trainedClasses"] = TensorData(
                trained.classIndices, shape: [trained.classIndices.count])
            tensors["\(prefix).trainedReadout"] = TensorData(
                trained.readout, shape: [trained.classIndices.count, trained.classCount])
            tensors["\(prefix).trainedNames"] = TensorData(trainedClasses, shape: [trainedClasses.count])
        }
        return tensors
    }

    /// A solution as a snapshot kept it.
    ///
    /// - Throws: ``MemoryError`` or `SafetensorsError` when the parts do not fit each other or the configuration.
    init(
        restoring snapshot: Safetensors, _ prefix: String, _ manifest: Manifest, experts: [ExpertKind],
        codebooks: Int, dimension: Int, featureCount: Int?, classCount: Int
    ) throws {
        self.init(experts: experts, codebooks: codebooks)
        guard manifest.combination.weights.count == experts.count,
            manifest.immediate.weights.count == experts.count,
            manifest.familiarity.map({ $0.means.count == experts.count }) ?? true,
            manifest.weights.count <= classCount
        else { throw MemoryError(.snapshot, "the snapshot has weights of other experts than are configured") }
        combination = manifest.combination
        immediate = manifest.immediate
        familiarity = manifest.familiarity
        weights = manifest.weights
        number = manifest.number
        try restoreExperts(snapshot, prefix, manifest, dimension: dimension, featureCount: featureCount)
    }

    private mutating func restoreExperts(
        _ snapshot: Safetensors, _ prefix: String, _ manifest: Manifest, dimension: Int, featureCount: Int?
    ) throws {
        func broken(_ what: String) -> MemoryError {
            MemoryError(.snapshot, "the \(what) of the snapshot does not fit the configuration")
        }
        if let scatterShare = manifest.scatterShare, let covarianceProgress = manifest.covarianceProgress {
            let precision = try snapshot.tensor("\(prefix).precision").floats()
            let means = try snapshot.tensor("\(prefix).means").floats()
            guard precision.count == dimension * dimension,
                means.count == covarianceProgress.count * dimension
            else { throw broken("covariance") }
            covariance = SharedCovariance(
                precision: PaddedRows(width: dimension, flat: precision), scatterShare: scatterShare,
                means: means, progress: covarianceProgress)
        }
        if let featureCount, let weights = snapshot.tensors["\(prefix).ridge"]?.floats() {
            guard weights.count % featureCount == 0 else { throw broken("ridge") }
            ridge = RidgeReadout(weights: PaddedRows(width: featureCount, flat: weights))
        }
        if let prototypeAssignments = manifest.prototypeAssignments {
            let sums = try snapshot.tensor("\(prefix).prototypes").floats()
            let classes = try snapshot.tensor("\(prefix).prototypeClasses").integers() ?? []
            guard sums.count == classes.count * dimension,
                prototypeAssignments.joined().allSatisfy({ classes.indices.contains($0) }),
                classes.allSatisfy({ $0 >= 0 })
            else { throw broken("prototypes") }
            prototypes = ClassPrototypes(
                sums: PaddedRows(width: dimension, flat: sums), classes: classes,
                assignments: prototypeAssignments)
        }
        if let trainedSources = manifest.trainedSources {
            let classes = try snapshot.tensor("\(prefix).trainedClasses").integers() ?? []
            let vectors = try snapshot.tensor("\(prefix).trained").floats()
            let readout = try snapshot.tensor("\(prefix).trainedReadout")
            guard readout.shape.count == 2 else { throw broken("trained prototypes") }
            trainedClasses = try snapshot.tensor("\(prefix).trainedNames").integers() ?? []
            guard trainedSources.count == classes.count, trainedClasses.count == readout.shape[1],
                classes.allSatisfy({ trainedClasses.indices.contains($0) }),
                vectors.count == classes.count * dimension,
                readout.shape[0] == classes.count
            else { throw broken("trained prototypes") }
            trained = TrainedPrototypes(
                dimension: dimension, classCount: readout.shape[1], classIndices: classes,
                sources: trainedSources, vectors: vectors, readout: readout.floats())
        }
    }
}
