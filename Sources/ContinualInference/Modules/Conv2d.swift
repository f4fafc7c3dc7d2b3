/// A convolution over time and one axis of space. Frames: `[channels][positions]`; extents `[time, space]`.
public struct Conv2d: ComposedModule {
    let network: Convolution

    /// A convolution.
    public init(
        _ inputs: Int, _ outputs: Int, kernel: Extents, stride: Extents = 1, padding: Extents = 0,
        dilation: Extents = 1, groups: Int = 1, bias: Bool = true, temporalFill: TemporalFill = .zeros,
        paddingMode: PaddingMode = .zeros
    ) {
        network = Convolution(
            inputChannels: inputs, outputChannels: outputs, axes: 2, kernel: kernel, stride: stride,
            padding: padding, dilation: dilation, groups: groups, hasBias: bias, temporalFill: temporalFill,
            paddingMode: paddingMode)
    }
}
