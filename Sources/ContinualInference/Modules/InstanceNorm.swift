/// Instance normalisation with running statistics, which in evaluation is a scale and shift of each channel.
/// Without running statistics a frame alone cannot be normalised as its clip would be.
public struct InstanceNorm: ComposedModule {
    let network: BatchNorm

    /// A norm with running statistics.
    public init(_ channels: Int, epsilon: Double = 1e-5, affine: Bool = true) {
        network = BatchNorm(channels, epsilon: epsilon, isAffine: affine)
    }
}
