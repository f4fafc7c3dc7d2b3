/// The continual three-dimensional ResNet-50: frames `[3][size][size]` of a video in, probabilities of
/// classes out.
///
/// `CoSlow` convolves over time in the last two stages (Feichtenhofer et al., "SlowFast Networks", 2019), `CoI3D` in
/// all, and halves the frame rate after the first stage (Carreira and Zisserman 2017; Wang et al. 2018).
/// Continual in Hedegaard and Iosifidis 2022.
///
/// Weights under the names of PySlowFast (`s1.pathway0_stem.conv`, `s2.pathway0_res0…branch2.a`,
/// `head.projection`) within the containers of ``CoX3D``. The code of the continual paper has the same layers
/// under the names `0.conv`, `0.norm`, `1.pathway0_res0…branch2.conv_a`, `.norm_a`, `5.projection`; such a file
/// must be renamed.
public struct CoResNet: ComposedModule {
    /// The kinds of network.
    public enum Kind: String, Sendable, CaseIterable {
        case slow
        case i3d

        /// The extent over time of the first convolution.
        var stemKernel: Int { self == .slow ? 1 : 5 }
        /// The extents over time of each stage's first convolutions, repeated over its blocks.
        var kernels: [[Int]] {
            self == .slow ? [[1], [1], [3], [3]] : [[3], [3, 1], [3, 1], [1, 3]]
        }
        /// The frames that are pooled to one after the first stage.
        var pooled: Int { self == .slow ? 1 : 2 }
        /// The side of the square frames.
        public var image: Int { self == .slow ? 256 : 224 }
    }

    let network: Sequential

    /// A network.
    ///
    /// - Parameters:
    ///   - classes: the number of classes.
    ///   - window: the input frames that the head takes the mean of; 8 and 64 were published.
    ///   - image: the side of the square frames, the kind's own if not given.
    ///   - width: the width after the first layer.
    ///   - repetitions: the number of blocks of each stage.
    ///   - withoutHead: whether to end with the features before the last linear layer.
    public init(
        _ kind: Kind, classes: Int = 400, window: Int = 8, image: Int? = nil, width: Int = 64,
        repetitions: [Int] = [3, 4, 6, 3], withoutHead: Bool = false
    ) {
        let kernel = kind.stemKernel
        // The strides of the stem, of its pool, and of all stages but the first round up.
        var side = image ?? kind.image
        for _ in 0..<(repetitions.count + 1) { side = (side + 1) / 2 }
        let features = width << (repetitions.count + 1)
        network = Sequential {
            Sequential {
                Conv3d(
                    3, width, kernel: [kernel, 7, 7], stride: [1, 2, 2], padding: [kernel / 2, 3, 3],
                    bias: false
                ).named("conv")
                BatchNorm(width).named("bn")
                Activation.relu
                MaxPool3d(kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1])
            }.named("s1.pathway0_stem")
            for (stage, count) in repetitions.enumerated() {
                Sequential {
                    for block in 0..<count {
                        let kernels = kind.kernels[min(stage, kind.kernels.count - 1)]
                        let outputs = width << (stage + 2)
                        Self.bottleneck(
                            block > 0 ? outputs : stage == 0 ? width : outputs / 2, outputs,
                            kernel: kernels[block % kernels.count], stride: block == 0 && stage > 0 ? 2 : 1
                        ).named("pathway0_res\(block)")
                    }
                }.named("s\(stage + 2)")
                if stage == 0, kind.pooled > 1 { MaxPool3d(kernel: [kind.pooled, 1, 1]) }
            }
            AvgPool3d(kernel: [max(window / kind.pooled, 1), side, side], stride: 1)
            Squeeze()
            if !withoutHead {
                Linear(features, classes).named("head.projection")
                Softmax()
            }
        }
    }

    private static func bottleneck(_ inputs: Int, _ outputs: Int, kernel: Int, stride: Int) -> ResidualBlock {
        let inner = outputs / 4
        return ResidualBlock(inputs, outputs, stride: stride) {
            Conv3d(inputs, inner, kernel: [kernel, 1, 1], padding: [kernel / 2, 0, 0], bias: false).named("a")
            BatchNorm(inner).named("a_bn")
            Activation.relu
            Conv3d(
                inner, inner, kernel: [1, 3, 3], stride: [1, stride, stride], padding: [0, 1, 1], bias: false
            )
            .named("b")
            BatchNorm(inner).named("b_bn")
            Activation.relu
            Conv3d(inner, outputs, kernel: 1, bias: false).named("c")
            BatchNorm(outputs).named("c_bn")
        }
    }
}
