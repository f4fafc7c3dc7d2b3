/// One block of a transformer encoder, norms last:
/// `y = LayerNorm(x + Attention(x))`, `z = LayerNorm(y + W₂ f(W₁ y + b₁) + b₂)`.
public struct EncoderBlock: Module {
    /// What comes in and what goes out.
    public enum Form: Sendable {
        /// Tokens one by one in, the newest token's output out: the only block, or a block of a deep encoder
        /// whose every layer slides (DeepCoT, arXiv 2511.17693).
        case single
        /// Tokens one by one in, the outputs of all of the window out.
        case retroactive
        /// All tokens of the window in and out.
        case whole
        /// All tokens of the window in, the newest token's output out, without making keys and values.
        case last
    }

    /// The weights' names; empty parts are left out.
    public struct Names: Sendable {
        var attention: String
        var norm1: String
        var linear1: String
        var linear2: String
        var norm2: String

        /// Names of the five parts.
        public init(attention: String, norm1: String, linear1: String, linear2: String, norm2: String) {
            self.attention = attention
            self.norm1 = norm1
            self.linear1 = linear1
            self.linear2 = linear2
            self.norm2 = norm2
        }
    }

    private let form: Form
    private let width: Int
    private let heads: Int
    private let hidden: Int
    private let tokens: Int
    private let activation: Activation
    private let hasAttentionBias: Bool
    private let names: Names

    /// A block.
    ///
    /// - Parameters:
    ///   - hidden: the width between the two linear layers.
    ///   - tokens: the number of tokens that attention looks at.
    public init(
        _ form: Form, width: Int, heads: Int, hidden: Int, tokens: Int, activation: Activation = .relu,
        attentionBias: Bool = true, names: Names
    ) {
        self.form = form
        self.width = width
        self.heads = heads
        self.hidden = hidden
        self.tokens = tokens
        self.activation = activation
        hasAttentionBias = attentionBias
        self.names = names
    }

    /// Receptive field, padding, stride and delay.
    public var timing: Timing {
        switch form {
        case .single, .retroactive: Timing(receptiveField: tokens)
        case .whole, .last: Timing()
        }
    }

    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        let shape = try AttentionShape.checked(input, width, heads, tokens, builder.place)
        let takesWindow = form == .whole || form == .last
        guard input.shape.spatial.isEmpty != takesWindow else {
            throw ContinualError(
                .network, "\(builder.place): an encoder block of form \(form) gets frames of \(input.shape)")
        }
        builder.share(input)
        let weights = try builder.scoped(names.attention) {
            try AttentionWeights(width, bias: hasAttentionBias, &$0)
        }
        let residual: Value
        var attended: Value
        switch form {
        case .single:
            residual = builder.delay(
                input, by: 0, from: tokens - 1, endPadding: 0, clip: .select(fromEnd: 0))
            let projected = weights.project(input, &builder)
            let offset = builder.reserveState(
                SingleAttentionOperation.stateFloats(shape, queryAge: 0), for: "keys and values")
            attended = builder.append(
                SingleAttentionOperation(input: projected, shape: shape, queryAge: 0, stateOffset: offset),
                shape: FrameShape(width), after: projected)
        case .retroactive:
            let offset = builder.reserveState((tokens - 1) * width, for: "tokens")
            residual = builder.append(
                WindowOperation(input: input, tokens: tokens, stateOffset: offset),
                shape: FrameShape(width, [tokens]), after: input)
            attended = builder.retroactive(weights.project(input, &builder), shape)
        case .whole:
            residual = input
            let projected = weights.project(input, &builder)
            attended = builder.append(
                FrameAttentionOperation(
                    input: projected, tokens: tokens, heads: heads, keyWidth: width, valueWidth: width),
                shape: input.shape, after: projected)
        case .last:
            residual = builder.append(
                LastPositionOperation(input: input), shape: FrameShape(width), after: input)
            attended = builder.append(
                LastTokenAttentionOperation(
                    input: input, shape: shape, weights: weights.inWeight, bias: weights.inBias),
                shape: FrameShape(width), after: input)
        }
        attended = weights.output(attended, &builder)
        var value = try builder.join([residual, attended], .sum)
        value = try builder.scoped(names.norm1) { try LayerNorm(width).lower([value], into: &$0)[0] }
        builder.share(value)
        var inner = try builder.scoped(names.linear1) { try Linear(width, hidden).lower([value], into: &$0) }
        inner = try activation.lower(inner, into: &builder)
        inner = try builder.scoped(names.linear2) { try Linear(hidden, width).lower(inner, into: &$0) }
        value = try builder.join([value, inner[0]], .sum)
        return try builder.scoped(names.norm2) { try LayerNorm(width).lower([value], into: &$0) }
    }
}
