/// Attention over the newest tokens with all outputs at each step: frames of `[width][tokens]`, oldest first.
/// Weights as in ``SingleOutputAttention``. A clip must have exactly `tokens` frames.
public struct RetroactiveAttention: Module {
    /// How the outputs of earlier tokens follow a new one.
    public enum Update: Sendable {
        /// Softmax is taken anew, its maximum subtracted: `2 tokens² width` multiply-adds a step.
        case exact
        /// As published: sums of exponentials from which the oldest token's part is subtracted,
        /// `7 tokens width` multiply-adds. It costs accuracy: in single precision errors are about 1e-6 where
        /// the scores' standard deviation is 1, 5e-4 at 3, 0.2 at 6; beyond, the result means nothing, and one
        /// overflow spoils `tokens` steps.
        case downdated
    }

    private let width: Int
    private let heads: Int
    private let tokens: Int
    private let hasBias: Bool
    private let update: Update

    /// Attention of `tokens` tokens.
    public init(_ width: Int, heads: Int, tokens: Int, bias: Bool = true, update: Update = .exact) {
        self.update = update
        self.width = width
        self.heads = heads
        self.tokens = tokens
        hasBias = bias
    }

    /// Receptive field, padding, stride and delay.
    public var timing: Timing { Timing(receptiveField: tokens) }

    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        let shape = try AttentionShape.checked(input, width, heads, tokens, builder.place)
        let weights = try AttentionWeights(width, bias: hasBias, &builder)
        let projected = weights.project(input, &builder)
        guard update == .downdated else {
            return [weights.output(builder.retroactive(projected, shape), &builder)]
        }
        let offset = builder.reserveState(
            DowndatedAttentionOperation.stateFloats(shape), for: "sums of attention")
        let output = builder.append(
            DowndatedAttentionOperation(input: projected, shape: shape, stateOffset: offset),
            shape: FrameShape(width, [tokens]), after: projected)
        return [weights.output(output, &builder)]
    }
}
