extension PlanBuilder {
    /// A convolution over time of each joint, and a norm: `t_conv`, `bn`.
    mutating func temporal(
        _ input: Value, _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int, padding: Int
    ) throws -> Value {
        let rest = input.shape.spatial
        let convolution = Convolution(
            inputChannels: inputs, outputChannels: outputs, axes: rest.count + 1,
            kernel: Extents([kernel] + rest.map { _ in 1 }), stride: Extents([stride] + rest.map { _ in 1 }),
            padding: Extents([padding] + rest.map { _ in 0 }), dilation: 1, groups: 1, hasBias: true,
            temporalFill: .zeros, paddingMode: .zeros)
        let convolved = try scoped("t_conv") { try convolution.lower([input], into: &$0) }
        return try scoped("bn") { try BatchNorm(outputs).lower(convolved, into: &$0)[0] }
    }
}
