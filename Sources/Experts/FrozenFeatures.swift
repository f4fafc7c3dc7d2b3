/// The frozen part of the ensemble: how an embedding becomes the whole numbers that its statistics add up.
public struct FrozenFeatures: Sendable {
    /// The scale of embeddings.
    public let scale: FeatureScale
    /// The random features, when an expert needs them.
    public let random: RandomFeatures?

    /// The frozen part for a pool of embeddings.
    ///
    /// - Parameter featureCount: 0 for no random features.
    package init(scale: FeatureScale, featureCount: Int, seed: UInt64) {
        self.scale = scale
        random =
            featureCount > 0
            ? RandomFeatures(count: featureCount, dimension: scale.dimension, seed: seed) : nil
    }

    /// The steps and the random features of a batch.
    ///
    /// - Parameter vectors: [rows][dimension], finite.
    package func encode(_ vectors: [Float], rows: Int) -> (steps: [Int16], features: [UInt8]) {
        let dimension = scale.dimension
        var steps = [Int16](repeating: 0, count: rows * dimension)
        var features = [UInt8](repeating: 0, count: rows * (random?.count ?? 0))
        vectors.withUnsafeBufferPointer { vectors in
            steps.withUnsafeMutableBufferPointer { steps in
                features.withUnsafeMutableBufferPointer { features in
                    for row in 0..<rows {
                        let range = (row * dimension)..<((row + 1) * dimension)
                        scale.scale(
                            UnsafeBufferPointer(rebasing: vectors[range]),
                            into: UnsafeMutableBufferPointer(rebasing: steps[range]))
                        guard let random else { continue }
                        random.encode(
                            UnsafeBufferPointer(rebasing: steps[range]),
                            into: UnsafeMutableBufferPointer(
                                rebasing: features[(row * random.count)..<((row + 1) * random.count)]))
                    }
                }
            }
        }
        return (steps, features)
    }

    /// The random features of one embedding in steps; empty where there are none.
    package func features(of steps: [Int16]) -> [UInt8] {
        guard let random else { return [] }
        var result = [UInt8](repeating: 0, count: random.count)
        steps.withUnsafeBufferPointer { steps in
            result.withUnsafeMutableBufferPointer { random.encode(steps, into: $0) }
        }
        return result
    }
}
