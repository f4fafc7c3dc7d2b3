import CKernels

/// A function of each element. Follows a convolution, a norm or a sum without a pass of its own.
public enum Activation: Sendable, Hashable {
    /// `x`
    case identity
    /// `max(x, 0)`
    case relu
    /// `min(max(x, 0), 6)`
    case relu6
    /// `x` above zero, `slope x` below.
    case leakyReLU(slope: Float)
    /// `x` above zero, `scale (exp x - 1)` below.
    case elu(scale: Float)
    /// `x / (1 + exp(-x))`, also called swish.
    case silu
    /// `x min(max(x + 3, 0), 6) / 6`
    case hardSwish
    /// `x/2 (1 + erf(x / sqrt 2))`
    case gelu
    /// `1 / (1 + exp(-x))`
    case sigmoid
    /// `tanh x`
    case tanh
    /// `log(1 + exp x)`
    case softplus

    /// The kernels' number of the function.
    var code: Int32 {
        switch self {
        case .identity: Int32(WEIR_LINEAR)
        case .relu: Int32(WEIR_RELU)
        case .relu6: Int32(WEIR_RELU6)
        case .leakyReLU: Int32(WEIR_LEAKY_RELU)
        case .elu: Int32(WEIR_ELU)
        case .silu: Int32(WEIR_SILU)
        case .hardSwish: Int32(WEIR_HARD_SWISH)
        case .gelu: Int32(WEIR_GELU)
        case .sigmoid: Int32(WEIR_SIGMOID)
        case .tanh: Int32(WEIR_TANH)
        case .softplus: Int32(WEIR_SOFTPLUS)
        }
    }

    /// The kernels' parameter of the function.
    var slope: Float {
        switch self {
        case .leakyReLU(let slope): slope
        case .elu(let scale): scale
        default: 0
        }
    }

    /// How `describe` names it.
    var name: String {
        switch self {
        case .identity: ""
        case .relu: "ReLU"
        case .relu6: "ReLU6"
        case .leakyReLU(let slope): "LeakyReLU \(slope)"
        case .elu(let scale): "ELU \(scale)"
        case .silu: "SiLU"
        case .hardSwish: "HardSwish"
        case .gelu: "GELU"
        case .sigmoid: "Sigmoid"
        case .tanh: "Tanh"
        case .softplus: "Softplus"
        }
    }

    /// What to add to an operation's summary.
    var suffix: String { self == .identity ? "" : ", \(name)" }
}

extension Activation: Module {
    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        if self == .identity || builder.fuse(self, after: input) { return [input] }
        return [
            builder.append(
                ActivationOperation(input: input, activation: self), shape: input.shape, after: input)
        ]
    }
}
