/// The mean over a window of time and one axis of space. Padding counts as zeros.
public struct AvgPool2d: ComposedModule {
    let network: Pool
    /// A pool; the stride is the kernel's if it is not given, as in PyTorch.
    public init(kernel: Extents, stride: Extents? = nil, padding: Extents = 0) {
        network = Pool(
            kind: .mean, axes: 2, kernel: kernel, stride: stride ?? kernel, padding: padding, dilation: 1)
    }
}
