/// Attention over the newest tokens with one output a step: the query of one token against all keys.
///
/// `softmax(q Kᵀ / sqrt(E)) V` for each head of width E, then the output's product. Weights `in_proj_weight`
/// [3 width, width], `in_proj_bias`, `out_proj.weight`, `out_proj.bias`. The first output comes with the
/// `tokens`-th frame.
public struct SingleOutputAttention: Module {
    private let width: Int
    private let heads: Int
    private let tokens: Int
    private let queryAge: Int
    private let hasBias: Bool

    /// - Parameter queryIndex: which token asks: -1 is the newest, -2 the one before, 0 the oldest.
    public init(_ width: Int, heads: Int, tokens: Int, queryIndex: Int = -1, bias: Bool = true) {
        self.width = width
        self.heads = heads
        self.tokens = tokens
        queryAge = queryIndex < 0 ? -queryIndex - 1 : tokens - queryIndex - 1
        hasBias = bias
    }

    /// Receptive field, padding, stride and delay.
    public var timing: Timing { Timing(receptiveField: tokens, delay: queryAge) }

    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        let shape = try AttentionShape.checked(input, width, heads, tokens, builder.place)
        guard queryAge >= 0, queryAge < tokens else {
            throw ContinualError(.network, "\(builder.place): the query lies outside of the \(tokens) tokens")
        }
        let weights = try AttentionWeights(width, bias: hasBias, &builder)
        let projected = weights.project(input, &builder)
        let offset = builder.reserveState(
            SingleAttentionOperation.stateFloats(shape, queryAge: queryAge), for: "keys and values")
        let output = builder.append(
            SingleAttentionOperation(input: projected, shape: shape, queryAge: queryAge, stateOffset: offset),
            shape: FrameShape(width), after: projected)
        return [weights.output(output, &builder)]
    }
}
