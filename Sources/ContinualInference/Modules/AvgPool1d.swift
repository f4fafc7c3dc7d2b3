/// The mean over a window of time. Padding counts as zeros.
public struct AvgPool1d: ComposedModule {
    let network: Pool
    /// A pool; the stride is the kernel's if it is not given, as in PyTorch.
    public init(kernel: Int, stride: Int? = nil, padding: Int = 0) {
        network = Pool(
            kind: .mean, axes: 1, kernel: Extents(kernel), stride: Extents(stride ?? kernel),
            padding: Extents(padding), dilation: 1)
    }
}
