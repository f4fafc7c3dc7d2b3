/// Joints of each frame that look at each other (S-TR, Plizzari et al. 2021):
/// `ReLU(BN(attention(data_bn(x)) + x))`, the input added when the width stays.
///
/// Weights `data_bn` over channels times joints, `attention_conv.qkv_conv`, `attention_conv.attn_out`, `bn`.
public struct JointAttention: Module {
    private let inputs: Int
    private let outputs: Int
    private let vertices: Int
    private let heads: Int

    /// Attention of eight heads, or of as many as keys are wide; keys are a quarter as wide as the output.
    public init(_ inputs: Int, _ outputs: Int, vertices: Int = 25) {
        self.inputs = inputs
        self.outputs = outputs
        self.vertices = vertices
        heads = min(8, max(outputs / 4, 1))
    }

    public func lower(_ values: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(values, self)
        guard input.shape.channels == inputs, input.shape.spatial.last == vertices, outputs % 4 == 0,
            (outputs / 4) % heads == 0, outputs % heads == 0
        else {
            throw ContinualError(
                .network,
                "\(builder.place): attention of \(vertices) joints from \(inputs) to \(outputs) channels gets frames of \(input.shape)"
            )
        }
        builder.share(input)
        let keyWidth = outputs / 4
        // The norm's values go joint by joint within each channel, the frame's channel by channel within each joint.
        let (scale, shift) = try builder.scoped("data_bn") { try BatchNorm(inputs * vertices).affine(&$0) }
        func turned(_ values: [Float]) -> [Float] { transposed(values, rows: inputs) }
        var value = builder.append(
            AffineOperation(input: input, scale: turned(scale), shift: turned(shift)), shape: input.shape,
            after: input)
        let width = 2 * keyWidth + outputs
        value = try builder.scoped("attention_conv.qkv_conv") {
            try $0.pointwise([value], inputs, width, kernel: [1, 1])[0]
        }
        value = builder.append(
            FrameAttentionOperation(
                input: value, tokens: vertices, heads: heads, keyWidth: keyWidth, valueWidth: outputs),
            shape: FrameShape(outputs, input.shape.spatial), after: value)
        value = try builder.scoped("attention_conv.attn_out") {
            try $0.pointwise([value], outputs, outputs, kernel: [1, 1])[0]
        }
        if inputs == outputs { value = try builder.join([value, input], .sum) }
        let normed = try builder.scoped("bn") { try BatchNorm(outputs).lower([value], into: &$0) }
        return try Activation.relu.lower(normed, into: &builder)
    }
}
