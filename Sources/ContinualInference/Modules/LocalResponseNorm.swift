/// Each channel divided by what it and its neighbours amount to (Krizhevsky, Sutskever and Hinton 2012, section
/// 3.3, with the mean of PyTorch's `LocalResponseNorm`): `y_c = x_c / (1 + alpha mean x²)^0.75` over `size`
/// channels around c, those beyond the first and last being zero.
public struct LocalResponseNorm: Module {
    private let size: Int
    private let alpha: Float

    /// A norm over an odd number of channels.
    public init(size: Int, alpha: Float = 1e-4) {
        self.size = size
        self.alpha = alpha
    }

    /// Each frame by itself.
    /// Adds the norm.
    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        guard size > 0, size % 2 == 1 else {
            throw ContinualError(
                .network,
                "\(builder.place): response normalisation needs an odd number of channels, not \(size)")
        }
        let operation = LocalResponseOperation(input: input, size: size, alpha: alpha)
        return [builder.append(operation, shape: input.shape, after: input)]
    }
}
