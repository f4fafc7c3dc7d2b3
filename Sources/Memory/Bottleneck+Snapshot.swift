import Digests
import Tensors

extension Bottleneck {
    /// The SHA-256 of all that never changes: dimension, sizes, projection and keys. Two memories with the
    /// same hash give the same codes for the same embedding.
    public func frozenHash() -> String {
        keys?.digest ?? FrozenKeys.digest(configuration, projection, codebooks: nil)
    }

    /// The SHA-256 of all that was learned, independent of the order of classes and, for `counts`, of the
    /// order of learning.
    ///
    /// - Parameter labels: the label of each class.
    public func learnedHash(labels: [String]) -> String {
        let hash = SHA256()
        hash.update("weir readout 1")
        let (rank, order) = Self.rank(labels)
        let tensors = readoutTensors(rank: rank)
        // Labels that nothing is known of any more, after unlearning, leave no mark.
        let classes = tensors["counts.classes"].map { Set($0.load(as: UInt32.self)) }
        for (place, classIndex) in order.enumerated() where classes?.contains(UInt32(place)) ?? true {
            hash.update(labels[classIndex])
        }
        let renumbered = classes.map { present in
            Dictionary(uniqueKeysWithValues: present.sorted().enumerated().map { ($1, UInt32($0)) })
        }
        for name in tensors.keys.sorted() {
            hash.update(name)
            guard let tensor = tensors[name] else { continue }
            if name == "counts.classes", let renumbered {
                hash.update(tensor.load(as: UInt32.self).map { renumbered[$0] ?? 0 })
            } else {
                hash.update(tensor.bytes)
            }
        }
        return hash.hexadecimal()
    }

    private func readoutTensors(rank: [Int]) -> [String: TensorData] {
        readout.counts?.tensors(rank: rank) ?? readout.gradient?.tensors(rank: rank) ?? [:]
    }

    /// The place of each class in the order of the labels' bytes, and the class at each place.
    private static func rank(_ labels: [String]) -> (rank: [Int], order: [Int]) {
        let order = labels.indices.sorted { labels[$0].utf8.lexicographicallyPrecedes(labels[$1].utf8) }
        var rank = [Int](repeating: 0, count: labels.count)
        for (place, classIndex) in order.enumerated() { rank[classIndex] = place }
        return (rank, order)
    }

    /// Projection, keys and all that was learned, as tensors.
    ///
    /// - Parameter labels: the label of each class.
    public func snapshot(labels: [String]) -> [String: TensorData] {
        var tensors = readoutTensors(rank: Self.rank(labels).rank)
        let (c, j, k) = (configuration.codebooks, configuration.keys, configuration.keyDimension)
        if let matrix = projection.matrix(codebooks: c, keyDimension: k) {
            tensors["projection"] = TensorData(matrix, shape: [c, dimension, k])
        }
        if let codebooks { tensors["keys"] = TensorData(codebooks.values(), shape: [c, j, k]) }
        return tensors
    }

    /// A memory as ``snapshot(labels:)`` left it; with keys, it is frozen.
    ///
    /// - Parameters:
    ///   - labels: the label of each class, in the order of the class indices.
    /// - Throws: ``MemoryError`` or ``SafetensorsError`` when the tensors do not fit the configuration or each other.
    public init(
        restoring tensors: Safetensors, configuration: BottleneckConfiguration, dimension: Int,
        labels: [String]
    ) throws {
        let (c, j, k) = (configuration.codebooks, configuration.keys, configuration.keyDimension)
        let projection: Projection
        switch configuration.split {
        case .chunk: projection = Projection(chunksOf: dimension)
        case .projection:
            let matrix = try tensors.tensor("projection")
            guard matrix.shape == [c, dimension, k] else {
                throw MemoryError(
                    .snapshot,
                    "the projection has the shape \(matrix.shape); [\(c), \(dimension), \(k)] is needed")
            }
            projection = Projection(
                matrix: matrix.floats(), dimension: dimension, codebooks: c, keyDimension: k)
        }
        var keys: [Float]?
        if let tensor = tensors.tensors["keys"] {
            guard tensor.shape == [c, j, k] else {
                throw MemoryError(
                    .snapshot, "the keys have the shape \(tensor.shape); [\(c), \(j), \(k)] is needed")
            }
            keys = tensor.floats()
        }
        try self.init(configuration: configuration, projection: projection, keys: keys)
        let order = Self.rank(labels).order
        try readout.counts?.restore(tensors, classOfRank: order)
        try readout.gradient?.restore(tensors, classOfRank: order)
        noteAllUsed()
    }
}
