/// The mean over a window of time, height and width. Padding counts as zeros.
public struct AvgPool3d: ComposedModule {
    let network: Pool
    /// A pool; the stride is the kernel's if it is not given, as in PyTorch.
    public init(kernel: Extents, stride: Extents? = nil, padding: Extents = 0) {
        network = Pool(
            kind: .mean, axes: 3, kernel: kernel, stride: stride ?? kernel, padding: padding, dilation: 1)
    }
}
