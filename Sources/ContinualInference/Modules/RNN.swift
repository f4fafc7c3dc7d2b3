/// A recurrent network `h_t = f(W x_t + b + U h_{t-1} + c)`. Weights `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`,
/// `bias_hh_l0`, and so on for each layer.
public struct RNN: ComposedModule {
    let network: Recurrent
    /// A network of one or more layers.
    public init(_ inputs: Int, _ hidden: Int, layers: Int = 1, activation: Activation = .tanh) {
        network = Recurrent(
            cell: .plain(activation), inputs: inputs, hidden: hidden, layers: layers, projection: nil)
    }
}
