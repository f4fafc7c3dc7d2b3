/// A convolution over time, height and width. Frames: `[channels][height][width]`; extents
/// `[time, height, width]`.
public struct Conv3d: ComposedModule {
    let network: Convolution

    /// A convolution.
    public init(
        _ inputs: Int, _ outputs: Int, kernel: Extents, stride: Extents = 1, padding: Extents = 0,
        dilation: Extents = 1, groups: Int = 1, bias: Bool = true, temporalFill: TemporalFill = .zeros,
        paddingMode: PaddingMode = .zeros
    ) {
        network = Convolution(
            inputChannels: inputs, outputChannels: outputs, axes: 3, kernel: kernel, stride: stride,
            padding: padding, dilation: dilation, groups: groups, hasBias: bias, temporalFill: temporalFill,
            paddingMode: paddingMode)
    }
}
