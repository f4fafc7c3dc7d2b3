/// The maximum over a window of time and one axis of space. Padding does not count.
public struct MaxPool2d: ComposedModule {
    let network: Pool
    /// A pool; the stride is the kernel's if it is not given, as in PyTorch.
    public init(kernel: Extents, stride: Extents? = nil, padding: Extents = 0, dilation: Extents = 1) {
        network = Pool(
            kind: .maximum, axes: 2, kernel: kernel, stride: stride ?? kernel, padding: padding,
            dilation: dilation)
    }
}
