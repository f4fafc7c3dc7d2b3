/// Normalisation of groups of channels over space. A clip is normalised over its time too, so that its outputs
/// are not those of its frames. Weights `weight` and `bias`, each [channels].
public struct GroupNorm: Module {
    private let groups: Int
    private let channels: Int
    private let epsilon: Float

    /// A norm.
    public init(groups: Int, _ channels: Int, epsilon: Float = 1e-5) {
        self.groups = groups
        self.channels = channels
        self.epsilon = epsilon
    }

    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        guard input.shape.channels == channels, groups > 0, channels % groups == 0 else {
            throw ContinualError(
                .network,
                "\(builder.place): a norm of \(groups) groups of \(channels) channels gets frames of \(input.shape)"
            )
        }
        let gamma = try builder.parameter("weight", [channels], .range(0.7, 1.3))
        let beta = try builder.parameter("bias", [channels], .range(-0.2, 0.2))
        return [
            builder.append(
                GroupNormOperation(input: input, groups: groups, gamma: gamma, beta: beta, epsilon: epsilon),
                shape: input.shape, after: input)
        ]
    }
}
