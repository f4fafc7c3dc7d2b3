/// A convolution over time of vectors. Frames: `[channels]`.
///
/// `y_t = b + Σ_j W_j x_{t - (kernel - 1 - j) dilation}`; weights `weight` [out, in / groups, kernel] and `bias` [out].
/// The state keeps `(kernel - 1) * dilation` frames.
public struct Conv1d: ComposedModule {
    let network: Convolution

    /// A convolution; padding `(kernel - 1) * dilation` makes it causal without delay.
    public init(
        _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
        groups: Int = 1, bias: Bool = true, temporalFill: TemporalFill = .zeros
    ) {
        network = Convolution(
            inputChannels: inputs, outputChannels: outputs, axes: 1, kernel: Extents(kernel),
            stride: Extents(stride), padding: Extents(padding), dilation: Extents(dilation), groups: groups,
            hasBias: bias, temporalFill: temporalFill, paddingMode: .zeros)
    }
}
