import CKernels

/// Layer normalisation over the channels of each position.
struct LayerNormOperation: Operation {
    let inputs: [Int]
    var output = 0
    let shape: FrameShape
    let epsilon: Float
    private let gamma: ConstantBuffer<Float>
    private let beta: ConstantBuffer<Float>

    init(input: Value, gamma: [Float], beta: [Float], epsilon: Float) {
        inputs = [input.id]
        shape = input.shape
        self.epsilon = epsilon
        self.gamma = ConstantBuffer(gamma)
        self.beta = ConstantBuffer(beta)
    }

    var multiplyAdds: Int { 4 * shape.count }
    var summary: String { epsilon == 1e-5 ? "layer norm" : "layer norm, epsilon \(epsilon)" }

    func run(_ run: Execution) {
        weir_layer_norm(
            run.base(inputs[0]), run.frames(inputs[0]) * shape.positions, shape.channels, gamma.start,
            beta.start, epsilon, run.base(output))
    }
}
