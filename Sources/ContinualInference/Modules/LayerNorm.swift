/// Layer normalisation over the channels of each position. Weights `weight` and `bias`, each [channels].
public struct LayerNorm: Module {
    private let channels: Int
    private let epsilon: Float

    /// A norm.
    public init(_ channels: Int, epsilon: Float = 1e-5) {
        self.channels = channels
        self.epsilon = epsilon
    }

    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        guard input.shape.channels == channels else {
            throw ContinualError(
                .network, "\(builder.place): a norm of \(channels) channels gets frames of \(input.shape)")
        }
        let gamma = try builder.parameter("weight", [channels], .range(0.7, 1.3))
        let beta = try builder.parameter("bias", [channels], .range(-0.2, 0.2))
        return [
            builder.append(
                LayerNormOperation(input: input, gamma: gamma, beta: beta, epsilon: epsilon),
                shape: input.shape,
                after: input)
        ]
    }
}
