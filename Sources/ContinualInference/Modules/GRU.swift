/// A gated recurrent unit (Cho et al. 2014), gates in the order r, z, n with
/// `n = tanh(W x + b + r (U h + c))`.
public struct GRU: ComposedModule {
    let network: Recurrent
    /// A network of one or more layers.
    public init(_ inputs: Int, _ hidden: Int, layers: Int = 1) {
        network = Recurrent(cell: .gru, inputs: inputs, hidden: hidden, layers: layers, projection: nil)
    }
}
