/// Long short-term memory (Hochreiter and Schmidhuber 1997), gates in the order i, f, g, o; the output may be
/// projected (`weight_hr_l0`).
public struct LSTM: ComposedModule {
    let network: Recurrent
    /// A network of one or more layers.
    public init(_ inputs: Int, _ hidden: Int, layers: Int = 1, projection: Int? = nil) {
        network = Recurrent(
            cell: .lstm, inputs: inputs, hidden: hidden, layers: layers, projection: projection)
    }
}
