/// A small causal network on vectors of sensor readings: dilated convolutions with residuals, without any
/// delay, so that each reading gets its scores at once. In the manner of Bai, Kolter and Koltun, "An
/// Empirical Evaluation of Generic Convolutional and Recurrent Networks for Sequence Modeling" (2018).
///
/// `x₀ = ReLU(BN(conv(BN(input))))`, `xᵢ = xᵢ₋₁ + ReLU(BN(conv(xᵢ₋₁)))` with dilation 2ⁱ, scores `W x + b`
/// without softmax. Weights `norm`, `stem.conv`, `stem.norm`, `blocks.<i>.conv`, `blocks.<i>.norm`, `head`. The
/// receptive field is `1 + (kernel - 1) (2^layers - 1)`.
public struct SensorNet: ComposedModule {
    let network: Sequential
    /// How many convolutions there are where nothing is said of it.
    public static let standardLayers = 6

    /// A network.
    ///
    /// - Parameters:
    ///   - inputs: the readings of a frame.
    ///   - layers: the number of convolutions.
    ///   - withoutHead: whether to end with the `width` features before the last linear layer.
    public init(
        inputs: Int, width: Int = 64, layers: Int = SensorNet.standardLayers, kernel: Int = 3, classes: Int,
        withoutHead: Bool = false
    ) {
        func convolution(_ inputs: Int, layer: Int) -> [any Module] {
            let dilation = 1 << layer
            return [
                Conv1d(inputs, width, kernel: kernel, padding: (kernel - 1) * dilation, dilation: dilation)
                    .named("conv"),
                BatchNorm(width).named("norm"),
                Activation.relu,
            ]
        }
        network = Sequential {
            BatchNorm(inputs).named("norm")
            Sequential(convolution(inputs, layer: 0)).named("stem")
            if layers > 1 {
                Sequential {
                    for layer in 1..<layers {
                        Residual { Sequential(convolution(width, layer: layer)).named("") }
                    }
                }.named("blocks")
            }
            if !withoutHead { Linear(width, classes).named("head") }
        }
    }
}
