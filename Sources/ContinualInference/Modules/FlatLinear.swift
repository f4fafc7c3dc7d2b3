/// All values of a frame, channel by channel, and a product with a matrix: what follows a convolutional network
/// as `flatten` and `Linear` in PyTorch. Weights `weight` [out, channels positions] and `bias` [out].
public struct FlatLinear: Module {
    private let outputs: Int

    /// A layer of so many outputs; the frame that comes in says how many inputs it has.
    public init(_ outputs: Int) { self.outputs = outputs }

    /// Each frame by itself.
    /// Adds the product.
    public func lower(_ values: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(values, self)
        let count = input.shape.count
        let weights = try builder.parameter("weight", [outputs, count], .uniform(fanIn: count))
        let bias = try builder.parameter("bias", [outputs], .uniform(fanIn: count))
        // A convolution whose window is the whole frame reads the values in this very order.
        let extents = input.shape.spatial
        let window = try Window(
            input: extents, kernel: extents, stride: extents.map { _ in 1 }, padding: extents.map { _ in 0 },
            dilation: extents.map { _ in 1 }, place: builder.place)
        let operation = ConvolutionOperation(
            input: input, time: ConvolutionOperation.Time(), window: window, groups: 1, weights: weights,
            bias: bias,
            outputChannels: outputs, stateOffset: 0)
        return [builder.append(operation, shape: FrameShape(outputs), after: input)]
    }
}
