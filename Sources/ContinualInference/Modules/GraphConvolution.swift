/// A graph convolution over the joints of each frame: frames `[channels][joints]` or `[channels][persons][joints]`.
///
/// `ReLU(BN(Σ_p G_p (x A_p)) + R(x))` over three partitions p, where `R` is the input itself or, when the width
/// changes, a product and a norm. Weights `A`, `graph_attn`, `g_conv.<p>`, `bn`, `gcn_residual.0`, `gcn_residual.1`.
public struct GraphConvolution: Module {
    /// Where the adjacency comes from.
    public enum Kind: Sendable {
        /// `A ⊙ graph_attn` (ST-GCN, Yan et al. 2018).
        case fixed
        /// As the published code of CoAGCN has it: each joint is scaled by the sum of its row in
        /// `A + graph_attn + softmax(…)`. The softmax's rows sum to one, so that its weights `a_conv` and
        /// `b_conv` change nothing and no message passes between joints; they are read, and left out.
        case adaptive
    }

    private let kind: Kind
    private let inputs: Int
    private let outputs: Int
    private let graph: SkeletonGraph

    /// A graph convolution; `graph` gives the number of joints, and the matrices when weights are random.
    public init(_ kind: Kind = .fixed, _ inputs: Int, _ outputs: Int, graph: SkeletonGraph = .ntu) {
        self.kind = kind
        self.inputs = inputs
        self.outputs = outputs
        self.graph = graph
    }

    public func lower(_ values: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(values, self)
        let vertices = graph.vertices
        guard input.shape.channels == inputs, input.shape.spatial.last == vertices else {
            throw ContinualError(
                .network,
                "\(builder.place): a graph convolution of \(inputs) channels and \(vertices) joints gets frames of \(input.shape)"
            )
        }
        let partitions = 3
        let fixed = try builder.parameter(
            "A", [partitions, vertices, vertices], .values(graph.adjacency), isLearned: false)
        let learned = try builder.parameter("graph_attn", [partitions, vertices, vertices], .range(0.8, 1.2))
        var weights: [Float] = []
        var bias = [Float](repeating: 0, count: outputs)
        for partition in 0..<partitions {
            try builder.scoped("g_conv.\(partition)") { builder in
                weights += try builder.parameter("weight", [outputs, inputs, 1, 1], .uniform(fanIn: inputs))
                let more = try builder.parameter("bias", [outputs], .uniform(fanIn: inputs))
                for channel in bias.indices { bias[channel] += more[channel] }
            }
        }
        let adjacency: [Float]
        switch kind {
        case .fixed:
            adjacency = zip(fixed, learned).map { $0 * $1 }
        case .adaptive:
            for partition in 0..<partitions {
                for name in ["a_conv", "b_conv"] {
                    let hidden = outputs / 4
                    _ = try builder.parameter(
                        "\(name).\(partition).weight", [hidden, inputs, 1, 1], .uniform(fanIn: inputs))
                    _ = try builder.parameter("\(name).\(partition).bias", [hidden], .uniform(fanIn: inputs))
                }
            }
            var diagonal = [Float](repeating: 0, count: partitions * vertices * vertices)
            for partition in 0..<partitions {
                for row in 0..<vertices {
                    let first = (partition * vertices + row) * vertices
                    let sum = (first..<(first + vertices)).reduce(1.0) {
                        $0 + Double(fixed[$1]) + Double(learned[$1])
                    }
                    diagonal[first + row] = Float(sum)
                }
            }
            adjacency = diagonal
        }
        let (scale, shift) = try builder.scoped("bn") { try BatchNorm(outputs).affine(&$0) }
        for index in weights.indices { weights[index] *= scale[index / inputs % outputs] }
        for channel in bias.indices { bias[channel] = bias[channel] * scale[channel] + shift[channel] }
        var shortcut = GraphOperation.Shortcut.identity
        if inputs != outputs {
            shortcut = try builder.scoped("gcn_residual") { builder in
                var matrix = try builder.parameter(
                    "0.weight", [outputs, inputs, 1, 1], .uniform(fanIn: inputs))
                let more = try builder.parameter("0.bias", [outputs], .uniform(fanIn: inputs))
                let (scale, shift) = try builder.scoped("1") { try BatchNorm(outputs).affine(&$0) }
                for index in matrix.indices { matrix[index] *= scale[index / inputs] }
                for channel in bias.indices {
                    bias[channel] += more[channel] * scale[channel] + shift[channel]
                }
                return .weights(matrix)
            }
        }
        let output = builder.append(
            GraphOperation(
                input: input, adjacency: adjacency, partitions: partitions, vertices: vertices,
                weights: weights,
                bias: bias, shortcut: shortcut), shape: FrameShape(outputs, input.shape.spatial), after: input
        )
        return try Activation.relu.lower([output], into: &builder)
    }
}
