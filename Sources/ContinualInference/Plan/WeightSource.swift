import Tensors

/// Where a plan takes its weights from.
public enum WeightSource: Sendable {
    /// Tensors by their `state_dict` names.
    case tensors([String: TensorData])
    /// Random numbers of a seed, for measuring and describing.
    case random(seed: UInt64)

    /// The tensors of a safetensors file.
    ///
    /// - Parameter prefix: what stands before each name in the file; other tensors are left out.
    public static func file(_ file: Safetensors, prefix: String = "") -> WeightSource {
        .tensors(
            Dictionary(
                uniqueKeysWithValues: file.tensors.filter { $0.key.hasPrefix(prefix) }.map {
                    (String($0.key.dropFirst(prefix.count)), $0.value)
                }))
    }
}

/// One weight that a network needs.
public struct Parameter: Sendable, Hashable {
    /// Its `state_dict` name.
    public let name: String
    /// Its extents.
    public let shape: [Int]
    /// Whether it is learned by gradient (a running statistic is not).
    public let isLearned: Bool

    /// The number of values.
    public var count: Int { shape.reduce(1, *) }
}
