import Tensors

/// One sample in the forms that the experts take products with, in single precision and padded to whole registers.
///
/// It is filled anew for each sample; the room is kept.
package struct ExpertInput: Sendable {
    /// The embedding, [padded D].
    package private(set) var vector: [Float]
    /// The length of the embedding.
    package private(set) var norm: Float = 0
    /// The scaled embedding in units, [padded D].
    package private(set) var scaled: [Float]
    /// The random features in units, [padded M].
    package private(set) var features: [Float]

    /// Room for one sample.
    package init(dimension: Int, featureCount: Int) {
        vector = [Float](repeating: 0, count: PaddedRows.padded(dimension))
        scaled = vector
        features = [Float](repeating: 0, count: PaddedRows.padded(featureCount))
    }

    /// Takes a sample in.
    package mutating func fill(_ sample: EncodedSample) {
        vector.withUnsafeMutableBufferPointer { target in
            var square: Float = 0
            for d in 0..<sample.vector.count {
                target[d] = sample.vector[d]
                square += sample.vector[d] * sample.vector[d]
            }
            norm = square.squareRoot()
        }
        fill(steps: sample.steps, features: sample.features)
    }

    /// Takes an exemplar in.
    package mutating func fill(_ exemplar: Exemplar, _ frozen: FrozenFeatures) {
        var square: Float = 0
        for (d, value) in frozen.scale.restore(exemplar.steps.lazy.map(Double.init)).enumerated() {
            vector[d] = value
            square += value * value
        }
        norm = square.squareRoot()
        exemplar.steps.withUnsafeBufferPointer { steps in
            frozen.features(of: exemplar.steps).withUnsafeBufferPointer { fill(steps: steps, features: $0) }
        }
    }

    private mutating func fill(steps: UnsafeBufferPointer<Int16>, features bytes: UnsafeBufferPointer<UInt8>)
    {
        scaled.withUnsafeMutableBufferPointer { target in
            for d in 0..<steps.count { target[d] = Float(steps[d]) * (1 / FeatureScale.stepsPerUnit) }
        }
        features.withUnsafeMutableBufferPointer { target in
            for d in 0..<bytes.count { target[d] = Float(bytes[d]) * (1 / RandomFeatures.stepsPerUnit) }
        }
    }
}
