extension AttentionShape {
    static func checked(_ input: Value, _ width: Int, _ heads: Int, _ tokens: Int, _ place: String) throws
        -> AttentionShape
    {
        guard width > 0, heads > 0, width % heads == 0, tokens > 0 else {
            throw ContinualError(
                .network, "\(place): attention of \(heads) heads over width \(width) and \(tokens) tokens")
        }
        guard input.shape.channels == width, [1, tokens].contains(input.shape.positions) else {
            throw ContinualError(
                .network,
                "\(place): attention of width \(width) over \(tokens) tokens gets frames of \(input.shape)")
        }
        return AttentionShape(width: width, heads: heads, tokens: tokens)
    }
}

/// The weights of attention under PyTorch's names.
struct AttentionWeights {
    let width: Int
    let inWeight: [Float]
    let inBias: [Float]
    let outWeight: [Float]
    let outBias: [Float]?

    init(_ width: Int, bias: Bool, _ builder: inout PlanBuilder) throws {
        self.width = width
        let initial = PlanBuilder.Initial.uniform(fanIn: width)
        inWeight = try builder.parameter("in_proj_weight", [3 * width, width], initial)
        inBias =
            bias
            ? try builder.parameter("in_proj_bias", [3 * width], initial)
            : Array(repeating: 0, count: 3 * width)
        outWeight = try builder.parameter("out_proj.weight", [width, width], initial)
        outBias = bias ? try builder.parameter("out_proj.bias", [width], initial) : nil
    }

    /// Queries, keys and values of each token.
    func project(_ input: Value, _ builder: inout PlanBuilder) -> Value {
        builder.linear(input, weights: inWeight, bias: inBias, outputs: 3 * width)
    }

    func output(_ input: Value, _ builder: inout PlanBuilder) -> Value {
        builder.linear(input, weights: outWeight, bias: outBias, outputs: width)
    }
}

extension PlanBuilder {
    mutating func retroactive(_ projected: Value, _ shape: AttentionShape) -> Value {
        let offset = reserveState(
            RetroactiveAttentionOperation.stateFloats(shape), for: "queries, keys and values")
        return append(
            RetroactiveAttentionOperation(input: projected, shape: shape, stateOffset: offset),
            shape: FrameShape(shape.width, [shape.tokens]), after: projected)
    }
}
