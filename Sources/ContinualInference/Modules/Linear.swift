/// A product with a matrix at each position: `y = W x + b`, weights `weight` [out, in] and `bias` [out].
public struct Linear: Module {
    private let inputs: Int
    private let outputs: Int
    private let hasBias: Bool

    /// A linear layer.
    public init(_ inputs: Int, _ outputs: Int, bias: Bool = true) {
        self.inputs = inputs
        self.outputs = outputs
        hasBias = bias
    }

    public func lower(_ values: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(values, self)
        guard input.shape.channels == inputs else {
            throw ContinualError(
                .network,
                "\(builder.place): a linear layer of \(inputs) channels gets frames of \(input.shape)")
        }
        let weights = try builder.parameter("weight", [outputs, inputs], .uniform(fanIn: inputs))
        let bias = hasBias ? try builder.parameter("bias", [outputs], .uniform(fanIn: inputs)) : nil
        return [builder.linear(input, weights: weights, bias: bias, outputs: outputs)]
    }
}
