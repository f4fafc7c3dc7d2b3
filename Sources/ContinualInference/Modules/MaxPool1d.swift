/// The maximum over a window of time. Padding does not count.
public struct MaxPool1d: ComposedModule {
    let network: Pool
    /// A pool; the stride is the kernel's if it is not given, as in PyTorch.
    public init(kernel: Int, stride: Int? = nil, padding: Int = 0, dilation: Int = 1) {
        network = Pool(
            kind: .maximum, axes: 1, kernel: Extents(kernel), stride: Extents(stride ?? kernel),
            padding: Extents(padding), dilation: Extents(dilation))
    }
}
