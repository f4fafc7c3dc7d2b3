extension PlanBuilder {
    /// A product with a matrix [outputs][channels] at each position.
    mutating func linear(_ input: Value, weights: [Float], bias: [Float]?, outputs: Int) -> Value {
        let window = Window(pointwise: input.shape.spatial)
        let operation = ConvolutionOperation(
            input: input, time: ConvolutionOperation.Time(), window: window, groups: 1, weights: weights,
            bias: bias, outputChannels: outputs, stateOffset: 0)
        return append(operation, shape: FrameShape(outputs, input.shape.spatial), after: input)
    }
}
