import CKernels
import Tensors

/// Frozen random ReLU features of a scaled embedding, as RanPAC uses them (McDonnell et al., NeurIPS 2023,
/// arXiv 2307.02251), on structured orthogonal projections (Yu et al., NeurIPS 2016, arXiv 1610.09072):
/// `max(0, H D3 H D2 H D1 u / |u|)`, H a Hadamard transform, D random signs. Orthogonal directions cover the space
/// more evenly than independent ones and cost `log` instead of `dimension` operations a feature. Of the embedding
/// only the direction from the pool's mean counts: features of one length weigh every sample alike, and lead by a
/// little over those of the embedding's own length on sentence embeddings.
///
/// A feature has a mean square of a half and is rounded to 1/64, up to 4: one byte. Whole numbers make its second
/// moments exact.
public struct RandomFeatures: Sendable {
    /// Whole steps in one unit.
    public static let stepsPerUnit: Float = 64

    /// D, the length of an embedding.
    public let dimension: Int
    /// M, the number of features.
    public let count: Int
    /// P, the features of one block: the next power of two from the dimension, at least 16.
    private let width: Int
    /// [blocks][3][P], each plus or minus `1 / sqrt(P)`.
    private let signs: [Float]

    /// Features that follow from a seed.
    ///
    /// - Parameters:
    ///   - count: rounded up to whole blocks.
    ///   - dimension: D, the length of an embedding.
    public init(count: Int, dimension: Int, seed: UInt64) {
        self.dimension = dimension
        var width = 16
        while width < dimension { width *= 2 }
        self.width = width
        let blocks = (count + width - 1) / width
        self.count = blocks * width
        let magnitude = 1 / Float(width).squareRoot()
        var random = RandomGenerator(seed: seed &* 0x9e37_79b9_7f4a_7c15 &+ 0x5eed)
        var signs: [Float] = []
        signs.reserveCapacity(blocks * 3 * width)
        var bits: UInt64 = 0
        for index in 0..<(blocks * 3 * width) {
            if index % 64 == 0 { bits = random.next() }
            signs.append(bits & 1 == 0 ? magnitude : -magnitude)
            bits >>= 1
        }
        self.signs = signs
    }

    /// The features of one scaled embedding.
    ///
    /// - Parameters:
    ///   - steps: [dimension]
    ///   - features: [count], overwritten.
    public func encode(_ steps: UnsafeBufferPointer<Int16>, into features: UnsafeMutableBufferPointer<UInt8>)
    {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: dimension + width) { room in
            guard let values = room.baseAddress, let target = features.baseAddress else { return }
            var square = 0
            for d in 0..<dimension {
                values[d] = Float(steps[d])
                square += Int(steps[d]) * Int(steps[d])
            }
            // An embedding that is the mean itself has no direction, and no features.
            let scale =
                square > 0 ? Float(width).squareRoot() * Self.stepsPerUnit / Float(square).squareRoot() : 0
            signs.withUnsafeBufferPointer {
                weir_features(
                    values, dimension, width, $0.baseAddress, count / width, scale, values + dimension, target
                )
            }
        }
    }
}
