/// What a sample is to the learner: all that can be computed of it without knowing what was learned.
///
/// A view: valid only while the ``EncodedBatch`` that it belongs to lends it.
public struct EncodedSample {
    /// The embedding, [D].
    public let vector: UnsafeBufferPointer<Float>
    /// The nearest key of every codebook, [C][T].
    public let codes: UnsafeBufferPointer<UInt16>
    /// The embedding in whole steps of the ``FeatureScale``, [D]; empty where there is no ensemble.
    public let steps: UnsafeBufferPointer<Int16>
    /// The ``RandomFeatures``, [M]; empty where no expert needs them.
    public let features: UnsafeBufferPointer<UInt8>

    /// A view of these.
    package init(
        vector: UnsafeBufferPointer<Float>, codes: UnsafeBufferPointer<UInt16>,
        steps: UnsafeBufferPointer<Int16>, features: UnsafeBufferPointer<UInt8>
    ) {
        self.vector = vector
        self.codes = codes
        self.steps = steps
        self.features = features
    }
}
