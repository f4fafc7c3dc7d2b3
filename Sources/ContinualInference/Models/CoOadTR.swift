/// The continual transformer for online action detection: feature vectors of a video in, scores of classes
/// for the newest out (Wang et al., "OadTR", 2021; Hedegaard, Bakhtiarnia and Iosifidis, "Continual
/// Transformers", 2022).
///
/// A linear layer, a recycling positional encoding, one or two encoder blocks without biases in attention, a
/// norm, a linear layer. Weights `0`, `1.pe`, `3…`, `4.fn`, `5` as published.
public struct CoOadTR: ComposedModule {
    /// How many encoder blocks there are.
    public enum Blocks: Int, Sendable, CaseIterable {
        case one = 1
        case two = 2
    }

    let network: Sequential

    /// A network.
    ///
    /// - Parameters:
    ///   - features: the width of the input.
    ///   - width: the width of tokens.
    ///   - hidden: the width inside of a block.
    ///   - tokens: how many of the newest frames attention looks at.
    ///   - entries: the number of entries of the positional encoding, at least `tokens`.
    ///   - withoutHead: whether to end with the features before the last linear layer.
    public init(
        _ blocks: Blocks, features: Int = 3072, width: Int = 1024, heads: Int = 8, hidden: Int = 1024,
        tokens: Int = 64, classes: Int = 22, entries: Int = 127, withoutHead: Bool = false
    ) {
        func block(_ form: EncoderBlock.Form, _ names: EncoderBlock.Names) -> Named {
            EncoderBlock(
                form, width: width, heads: heads, hidden: hidden, tokens: tokens, activation: .gelu,
                attentionBias: false, names: names
            ).named("")
        }
        network = Sequential {
            Linear(features, width)
            RecyclingPositionalEncoding(width, entries: entries)
            Identity()
            switch blocks {
            case .one: block(.single, Self.names("3"))
            case .two:
                Sequential {
                    block(
                        .retroactive,
                        EncoderBlock.Names(
                            attention: "3.0.0.1", norm1: "3.0.1.fn.norm1", linear1: "3.0.1.fn.ff.0",
                            linear2: "3.0.1.fn.ff.3", norm2: "3.0.1.fn.norm2"))
                    block(.last, Self.names("3.1.fn"))
                }.named("")
            }
            LayerNorm(width).named("4.fn")
            if !withoutHead { Linear(width, classes) }
        }
    }

    /// The names of a block that gives one token.
    private static func names(_ path: String) -> EncoderBlock.Names {
        EncoderBlock.Names(
            attention: "\(path).0.1", norm1: "\(path).1.fn", linear1: "\(path).2.1.0",
            linear2: "\(path).2.1.3",
            norm2: "\(path).3.fn")
    }
}
