/// A block of a spatio-temporal network on skeletons: over the joints, then over time, beside a residual.
///
/// Weights, without a residual `gcn`, `tcn.t_conv`, `tcn.bn`; with one `0.1.gcn`, `0.1.tcn` and, when width or
/// stride change, `0.0.residual.t_conv`, `0.0.residual.bn`. Hedegaard, Heidari and Iosifidis, "Continual
/// Spatio-Temporal Graph Convolutional Networks" (2022). A strided residual is delayed at the input's rate and
/// then thinned out in step with the block.
public struct SpatioTemporalBlock: Module {
    /// What goes over the joints.
    public enum Spatial: Sendable {
        case graph
        case adaptiveGraph
        case attention
    }

    private let spatial: Spatial
    private let inputs: Int
    private let outputs: Int
    private let kernel: Int
    private let stride: Int
    private let padding: Int
    private let hasResidual: Bool
    private let graph: SkeletonGraph

    /// A block; `padding` (kernel - 1) / 2 keeps the length of clips.
    public init(
        _ spatial: Spatial = .graph, _ inputs: Int, _ outputs: Int, kernel: Int = 9, stride: Int = 1,
        padding: Int = 0, residual: Bool = true, graph: SkeletonGraph = .ntu
    ) {
        self.spatial = spatial
        self.inputs = inputs
        self.outputs = outputs
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        hasResidual = residual
        self.graph = graph
    }

    /// Receptive field, padding, stride and delay.
    public var timing: Timing { Timing(receptiveField: kernel, padding: padding, stride: stride) }

    public func lower(_ values: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(values, self)
        guard hasResidual else { return try lowerMain(input, into: &builder) }
        builder.share(input)
        var shortcut = try builder.shortcut(
            input, around: Timing(receptiveField: kernel, padding: padding), shrink: .centered)
        if inputs != outputs || stride != 1 {
            shortcut = try builder.scoped("0.0.residual") {
                try $0.temporal(shortcut, inputs, outputs, kernel: 1, stride: stride, padding: 0)
            }
        }
        let main = try builder.scoped("0.1") { try lowerMain(input, joins: true, into: &$0) }
        let sum = try builder.join([shortcut, main[0]], .sum)
        return try Activation.relu.lower([sum], into: &builder)
    }

    private func lowerMain(_ input: Value, joins: Bool = false, into builder: inout PlanBuilder) throws
        -> [Value]
    {
        let over = try builder.scoped("gcn") { builder -> [Value] in
            switch spatial {
            case .graph:
                try GraphConvolution(.fixed, inputs, outputs, graph: graph).lower([input], into: &builder)
            case .adaptiveGraph:
                try GraphConvolution(.adaptive, inputs, outputs, graph: graph).lower([input], into: &builder)
            case .attention:
                try JointAttention(inputs, outputs, vertices: graph.vertices).lower([input], into: &builder)
            }
        }
        let main = try builder.scoped("tcn") {
            try $0.temporal(over[0], outputs, outputs, kernel: kernel, stride: stride, padding: padding)
        }
        return joins ? [main] : try Activation.relu.lower([main], into: &builder)
    }
}
