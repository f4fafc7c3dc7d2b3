import Digests
import Foundation
import JSON
import Memory
import Tensors

extension Ensemble {
    /// All that is no tensor.
    private struct Manifest: Codable {
        struct Kept: Codable {
            let classIndex: Int
            let id: String
            let source: SampleSource?
            let weight: Int
        }

        let changes: Int
        let learned: Int
        let isStale: Bool
        let kept: [Kept]
        let weights: [Int]
        let solution: Solution.Manifest
        let pending: Solution.Manifest?
        let adoptAt: Int?
    }

    /// The name of the manifest in a snapshot's metadata.
    private static let manifestName = "ensemble"

    /// The whole state as tensors and metadata; nothing before the keys are made.
    public func snapshot() throws -> Safetensors {
        guard let statistics else { return Safetensors() }
        let scale = statistics.frozen.scale
        var tensors: [String: TensorData] = [
            "scale.offsets": TensorData(scale.offsets, shape: [scale.dimension]),
            "scale.factors": TensorData(scale.factors, shape: [scale.dimension]),
        ]
        tensors.merge(statistics.moments.tensors("moments")) { $1 }
        if let features = statistics.featureMoments { tensors.merge(features.tensors("features")) { $1 } }
        let kept = exemplars.byClass.enumerated().flatMap { index, members in members.map { (index, $0) } }
        let codes = kept.flatMap { $0.1.codes }
        tensors["exemplars.codes"] = TensorData(
            codes, shape: [kept.count, kept.isEmpty ? 0 : codes.count / kept.count])
        tensors["exemplars.steps"] = TensorData(
            kept.flatMap { $0.1.steps }, shape: [kept.count, scale.dimension])
        let solved = solution.kept("solution")
        let coming = pending?.solution.kept("pending")
        tensors.merge(solved.tensors) { $1 }
        tensors.merge(coming?.tensors ?? [:]) { $1 }
        let manifest = Manifest(
            changes: changes, learned: learned, isStale: isStale,
            kept: kept.map {
                Manifest.Kept(classIndex: $0.0, id: $0.1.id, source: $0.1.source, weight: $0.1.weight)
            },
            weights: statistics.weights, solution: solved.manifest, pending: coming?.manifest,
            adoptAt: pending?.adoptAt)
        return Safetensors(
            tensors: tensors,
            metadata: [Self.manifestName: try JSONText.encoded(manifest)])
    }

    /// An ensemble as ``snapshot()`` left it.
    ///
    /// - Throws: ``MemoryError`` or `SafetensorsError` when the snapshot is damaged or does not fit the configuration.
    public init(
        restoring snapshot: Safetensors, configuration: EnsembleConfiguration,
        memory: BottleneckConfiguration,
        dimension: Int
    ) throws {
        try self.init(configuration: configuration, memory: memory, dimension: dimension)
        // Without it the keys were not made yet.
        guard let text = snapshot.metadata[Self.manifestName] else { return }
        let manifest: Manifest
        do {
            manifest = try JSONText.decoded(Manifest.self, from: text)
        } catch {
            throw MemoryError(.snapshot, "the snapshot's ensemble cannot be read: \(error)")
        }
        guard manifest.weights.allSatisfy({ $0 >= 0 }) else {
            throw MemoryError(.snapshot, "the snapshot has classes of negative weight")
        }
        var statistics = Statistics(try Self.scale(snapshot, dimension: dimension), settings)
        statistics.moments = try Moments(
            restoring: snapshot, "moments", size: dimension,
            hasProducts: statistics.needs.contains(.products))
        if let size = statistics.featureMoments?.size {
            statistics.featureMoments = try Moments(restoring: snapshot, "features", size: size)
        }
        statistics.exemplars = try Self.exemplars(snapshot, manifest.kept, settings)
        statistics.weights = manifest.weights
        solution = try Solution(
            restoring: snapshot, "solution", manifest.solution, &statistics, settings)
        if let part = manifest.pending, let adoptAt = manifest.adoptAt {
            let coming = try Solution(restoring: snapshot, "pending", part, &statistics, settings)
            pending = PendingSolution(adoptAt: adoptAt, coming)
        }
        self.statistics = statistics
        changes = manifest.changes
        learned = manifest.learned
        isStale = manifest.isStale
    }

    private static func scale(_ snapshot: Safetensors, dimension: Int) throws -> FeatureScale {
        let offsets = try snapshot.tensor("scale.offsets").floats()
        let factors = try snapshot.tensor("scale.factors").floats()
        guard offsets.count == dimension, factors.count == dimension,
            offsets.allSatisfy(\.isFinite), factors.allSatisfy({ $0.isFinite && $0 > 0 })
        else {
            throw MemoryError(.snapshot, "the scale in the snapshot does not fit embeddings of \(dimension)")
        }
        return FeatureScale(offsets: offsets, factors: factors)
    }

    private static func exemplars(
        _ snapshot: Safetensors, _ kept: [Manifest.Kept], _ settings: ExpertSettings
    ) throws -> Exemplars {
        let (dimension, codesEach) = (settings.dimension, settings.memory.codesPerRecord)
        let codes = try snapshot.tensor("exemplars.codes")
        let steps = try snapshot.tensor("exemplars.steps")
        guard codes.type == .uint16, steps.type == .int16, codes.count == kept.count * codesEach,
            steps.count == kept.count * dimension,
            kept.allSatisfy({ (0..<CountReadout.classLimit).contains($0.classIndex) && $0.weight > 0 })
        else { throw MemoryError(.snapshot, "the exemplars of the snapshot contradict themselves") }
        let allCodes = codes.load(as: UInt16.self)
        let allSteps = steps.load(as: Int16.self)
        let empty = settings.noExemplars
        var byClass = [[Exemplar]](repeating: [], count: (kept.map(\.classIndex).max() ?? -1) + 1)
        for (row, one) in kept.enumerated() {
            byClass[one.classIndex].append(
                Exemplar(
                    hash: empty.hash(of: one.id), id: one.id, source: one.source, weight: one.weight,
                    codes: Array(allCodes[(row * codesEach)..<((row + 1) * codesEach)]),
                    steps: Array(allSteps[(row * dimension)..<((row + 1) * dimension)])))
        }
        return settings.exemplars(byClass)
    }

    /// Adds to a digest what was learned, free of the order of the stream.
    ///
    /// - Parameter order: the classes in an order that does not depend on the stream.
    public func update(_ hash: SHA256, order: [Int]) {
        guard let statistics else { return }
        let (scale, exemplars) = (statistics.frozen.scale, statistics.exemplars)
        hash.update("weir ensemble 1")
        hash.update(scale.offsets + scale.factors)
        statistics.moments.update(hash, order: order)
        statistics.featureMoments?.update(hash, order: order)
        for index in order where index < exemplars.byClass.count {
            for exemplar in exemplars.byClass[index] {
                hash.update(exemplar.id)
                hash.update([exemplar.weight])
                hash.update(exemplar.codes)
                hash.update(exemplar.steps)
            }
        }
    }

    /// Adds to a digest what was solved for.
    public func updateSolved(_ hash: SHA256) throws {
        // Not JSONText, which leaves slashes as they are: the digest would change.
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        hash.update([changes, learned, isStale ? 1 : 0, pending?.adoptAt ?? -1])
        for solved in [solution, pending?.solution].compactMap({ $0 }) {
            let kept = solved.kept("solution")
            hash.update(Array(try encoder.encode(kept.manifest)))
            for (name, tensor) in kept.tensors.sorted(by: { $0.key < $1.key }) {
                hash.update(name)
                hash.update(tensor.bytes)
            }
        }
    }
}
