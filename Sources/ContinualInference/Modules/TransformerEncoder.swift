/// A transformer encoder over the newest tokens, with the newest token's output at each step.
///
/// One block: ``EncoderBlock/Form/single``. Two: retroactive, then last. More: blocks of whole windows in between.
/// The names of weights are those of the reference library's encoder for one and two blocks, and go on alike.
public struct TransformerEncoder: ComposedModule {
    let network: Sequential

    /// An encoder.
    public init(
        width: Int, heads: Int, hidden: Int, tokens: Int, layers: Int, activation: Activation = .relu
    ) {
        func names(_ layer: Int, _ form: EncoderBlock.Form) -> EncoderBlock.Names {
            switch form {
            case .single, .last:
                let path = form == .single ? "layers.\(layer)" : "layers.\(layer).fn"
                return EncoderBlock.Names(
                    attention: "\(path).0.self_attn", norm1: "\(path).1.norm1.fn",
                    linear1: "\(path).1._ff_block.1.linear1", linear2: "\(path).1._ff_block.1.linear2",
                    norm2: "\(path).1.norm2.fn")
            case .retroactive, .whole:
                let path = form == .retroactive ? "layers.\(layer)" : "layers.\(layer).fn"
                return EncoderBlock.Names(
                    attention: "\(path).0.self_attn", norm1: "\(path).1.fn.norm1",
                    linear1: "\(path).1.fn._ff_block.fn.linear1",
                    linear2: "\(path).1.fn._ff_block.fn.linear2",
                    norm2: "\(path).1.fn.norm2")
            }
        }
        network = Sequential(
            (0..<layers).map { layer in
                let form: EncoderBlock.Form =
                    layers == 1 ? .single : layer == 0 ? .retroactive : layer == layers - 1 ? .last : .whole
                return Named(
                    "",
                    EncoderBlock(
                        form, width: width, heads: heads, hidden: hidden, tokens: tokens,
                        activation: activation,
                        names: names(layer, form)))
            })
    }
}
