import Digests
import Memory
import Tensors

extension Moments {
    /// The state as tensors whose names begin with `prefix`.
    package func tensors(_ prefix: String) -> [String: TensorData] {
        var copy = self
        let products = copy.folded().packed
        let present = weights.indices.filter { weights[$0] > 0 }
        return [
            "\(prefix).products": TensorData(products, shape: [products.count]),
            "\(prefix).weights": TensorData(weights, shape: [weights.count]),
            "\(prefix).sums": TensorData(present.flatMap { sums[$0] }, shape: [present.count, size]),
        ]
    }

    /// What ``tensors(_:)`` gave.
    ///
    /// - Throws: ``MemoryError`` or `SafetensorsError` when the tensors do not fit each other or the size.
    package init(restoring tensors: Safetensors, _ prefix: String, size: Int, hasProducts: Bool = true) throws
    {
        let products = try tensors.tensor("\(prefix).products")
        let weights = try tensors.tensor("\(prefix).weights").integers() ?? []
        let flat = try tensors.tensor("\(prefix).sums").integers() ?? []
        let present = weights.count { $0 > 0 }
        guard products.type == .float64, products.count == (hasProducts ? size * (size + 1) / 2 : 0),
            flat.count == present * size,
            weights.allSatisfy({ $0 >= 0 })
        else { throw MemoryError(.snapshot, "the moments \(prefix) of the snapshot contradict themselves") }
        var next = 0
        var sums: [[Int]] = []
        for weight in weights {
            sums.append(weight > 0 ? Array(flat[next..<(next + size)]) : [])
            if weight > 0 { next += size }
        }
        self.init(size: size, products: products.load(as: Double.self), sums: sums, weights: weights)
    }

    /// Adds the state to a digest, classes in a given order.
    package func update(_ hash: SHA256, order: [Int]) {
        var copy = self
        hash.update(copy.folded().packed)
        for index in order where index < weights.count && weights[index] > 0 {
            hash.update([weights[index]])
            hash.update(sums[index])
        }
    }
}
