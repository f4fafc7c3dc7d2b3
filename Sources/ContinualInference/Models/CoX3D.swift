/// A continual X3D: frames `[3][size][size]` of a video in, probabilities of classes out (Feichtenhofer 2020;
/// Hedegaard and Iosifidis, "Continual 3D Convolutional Neural Networks for Real-time Processing of Videos",
/// 2022).
///
/// Squeeze and excitation looks at one frame, as published, so that a step is not what the clip of the
/// ordinary network gives. Weights under the names of PySlowFast within the published containers:
/// `s2.pathway0_res0.0.1.branch2.a.weight`.
public struct CoX3D: ComposedModule {
    /// A stage of residual blocks.
    public struct Stage: Sendable, Hashable {
        /// The number of blocks.
        public var repetitions: Int
        /// The width of the blocks' outputs.
        public var width: Int
        /// The stride over space of the first block.
        public var stride: Int

        /// A stage.
        public init(repetitions: Int, width: Int, stride: Int = 2) {
            self.repetitions = repetitions
            self.width = width
            self.stride = stride
        }
    }

    /// The published sizes.
    public enum Size: String, Sendable, CaseIterable {
        case xs
        case s
        case m
        case l

        /// The frames that the head's pool takes the mean of.
        public var window: Int {
            switch self {
            case .xs: 4
            case .s: 13
            case .m, .l: 16
            }
        }
        /// The side of the square frames.
        public var image: Int {
            switch self {
            case .xs, .s: 160
            case .m: 224
            case .l: 312
            }
        }
        /// The four stages.
        public var stages: [Stage] {
            let repetitions = self == .l ? [5, 10, 25, 15] : [3, 5, 11, 7]
            return zip(repetitions, [24, 48, 96, 192]).map { Stage(repetitions: $0, width: $1) }
        }
    }

    let network: Sequential

    /// A network of a published size.
    ///
    /// - Parameters:
    ///   - window: the frames that the head takes the mean of, the size's own if not given; 64 was published too.
    ///   - image: the side of the square frames, the size's own if not given.
    ///   - withoutHead: whether to end with the 2048 features before the last linear layer.
    public init(
        _ size: Size, classes: Int = 400, window: Int? = nil, image: Int? = nil, withoutHead: Bool = false
    ) {
        self.init(
            stem: 24, stages: size.stages, headWidth: 2048, classes: classes, window: window ?? size.window,
            image: image ?? size.image, withoutHead: withoutHead)
    }

    /// A network.
    ///
    /// - Parameters:
    ///   - stem: the width after the first layer.
    ///   - inner: how many times wider a block is inside.
    ///   - headWidth: the width before the last linear layer.
    ///   - window: the frames that the head takes the mean of.
    ///   - image: the side of the square frames.
    ///   - withoutHead: whether to end with the features before the last linear layer.
    public init(
        stem: Int, stages: [Stage], inner: Double = 2.25, headWidth: Int, classes: Int, window: Int,
        image: Int,
        withoutHead: Bool = false
    ) {
        // Every spatial stride rounds up.
        var side = (image + 1) / 2
        for stage in stages { side = (side + stage.stride - 1) / stage.stride }
        let width = stages.last?.width ?? stem
        let wide = Int(inner * Double(width))
        network = Sequential {
            Sequential {
                Conv3d(3, stem, kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1], bias: false)
                    .named("conv_xy")
                Conv3d(stem, stem, kernel: [5, 1, 1], padding: [2, 0, 0], groups: stem, bias: false).named(
                    "conv")
                BatchNorm(stem).named("bn")
                Activation.relu
            }.named("s1.pathway0_stem")
            for (index, stage) in stages.enumerated() {
                Sequential {
                    for block in 0..<stage.repetitions {
                        let before = index == 0 ? stem : stages[index - 1].width
                        X3DBlock(
                            block == 0 ? before : stage.width, stage.width,
                            inner: Int(inner * Double(stage.width)),
                            stride: block == 0 ? stage.stride : 1, squeezes: block % 2 == 0
                        ).named("pathway0_res\(block)")
                    }
                }.named("s\(index + 2)")
            }
            Sequential {
                Conv3d(width, wide, kernel: 1, bias: false).named("conv_5")
                BatchNorm(wide).named("conv_5_bn")
                Activation.relu
                AvgPool3d(kernel: [window, side, side], stride: 1)
                Conv3d(wide, headWidth, kernel: 1, bias: false).named("lin_5")
                Activation.relu
                Squeeze()
                if !withoutHead {
                    Linear(headWidth, classes).named("projection")
                    Softmax()
                }
            }.named("head")
        }
    }
}

/// A residual block of ``CoX3D``: 1x1x1, depthwise 3x3x3, squeeze and excitation, 1x1x1.
public struct X3DBlock: ComposedModule {
    let network: ResidualBlock

    /// A block.
    ///
    /// - Parameters:
    ///   - inner: the width inside.
    ///   - stride: over space.
    ///   - squeezes: whether channels are scaled by what the frame's means say.
    public init(_ inputs: Int, _ outputs: Int, inner: Int, stride: Int = 1, squeezes: Bool) {
        network = ResidualBlock(inputs, outputs, stride: stride) {
            Conv3d(inputs, inner, kernel: 1, bias: false).named("a")
            BatchNorm(inner).named("a_bn")
            Activation.relu
            Conv3d(
                inner, inner, kernel: 3, stride: [1, stride, stride], padding: 1, groups: inner, bias: false
            )
            .named("b")
            BatchNorm(inner).named("b_bn")
            if squeezes {
                SqueezeExcitation(inner, hidden: Self.rounded(Double(inner) / 16)).named("se")
            }
            Activation.silu
            Conv3d(inner, outputs, kernel: 1, bias: false).named("c")
            BatchNorm(outputs).named("c_bn")
        }
    }

    /// The multiple of 8 nearest to a width, never less than nine tenths of it.
    static func rounded(_ width: Double) -> Int {
        let near = max(8, Int(width + 4) / 8 * 8)
        return Double(near) < 0.9 * width ? near + 8 : near
    }
}
