/// Softmax over the channels of each position.
public struct Softmax: Module {
    /// Softmax.
    public init() {}
    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        return [builder.append(SoftmaxOperation(input: input), shape: input.shape, after: input)]
    }
}
