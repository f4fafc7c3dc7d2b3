/// A deep encoder whose every layer slides over the newest outputs of the layer before (Carreto Picón et al.,
/// "DeepCoT", arXiv 2511.17693): one token a layer and step, a receptive field of `layers (tokens - 1) + 1`. It is
/// not the encoder of the same weights over a window and must be trained as it is.
public struct SlidingEncoder: ComposedModule {
    let network: Sequential

    /// An encoder. Weights `layers.<i>.self_attn…`, `.norm1`, `.linear1`, `.linear2`, `.norm2` as PyTorch's.
    public init(
        width: Int, heads: Int, hidden: Int, tokens: Int, layers: Int, activation: Activation = .relu
    ) {
        network = Sequential(
            (0..<layers).map { layer in
                let path = "layers.\(layer)"
                return Named(
                    "",
                    EncoderBlock(
                        .single, width: width, heads: heads, hidden: hidden, tokens: tokens,
                        activation: activation,
                        names: EncoderBlock.Names(
                            attention: "\(path).self_attn", norm1: "\(path).norm1",
                            linear1: "\(path).linear1",
                            linear2: "\(path).linear2", norm2: "\(path).norm2")))
            })
    }
}
