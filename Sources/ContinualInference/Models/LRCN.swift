/// The long-term recurrent convolutional network: an image network on each frame, long short-term memory over
/// time, scores at every step (Donahue et al. 2015). Frames `[channels][height][width]`; no delay.
///
/// Weights `cnn.fn.conv<i>`, `cnn.fn.fc6`, `lstm`, `fc`. The published network takes the softmax of the
/// scores.
public struct LRCN: ComposedModule {
    /// A layer of the image network.
    public enum Layer: Sendable, Hashable {
        /// A convolution and a rectifier; named `conv1`, `conv2`, … in order.
        case convolution(Int, kernel: Int, stride: Int = 1, padding: Int = 0, groups: Int = 1)
        /// The maximum over squares.
        case maximum(kernel: Int, stride: Int)
        /// Each channel divided by what it and its neighbours amount to (``LocalResponseNorm``).
        case responseNorm(size: Int)
        /// The mean, down to a square of a side.
        case mean(side: Int)
    }

    /// The image network CaffeNet up to its last pool, for frames of 227 x 227 (Krizhevsky et al. 2012).
    public static let caffeNet: [Layer] = [
        .convolution(96, kernel: 11, stride: 4), .maximum(kernel: 3, stride: 2), .responseNorm(size: 5),
        .convolution(256, kernel: 5, padding: 2, groups: 2), .maximum(kernel: 3, stride: 2),
        .responseNorm(size: 5),
        .convolution(384, kernel: 3, padding: 1), .convolution(384, kernel: 3, padding: 1, groups: 2),
        .convolution(256, kernel: 3, padding: 1, groups: 2), .maximum(kernel: 3, stride: 2),
    ]

    let network: Sequential

    /// A network.
    ///
    /// - Parameters:
    ///   - channels: of the frames.
    ///   - layers: of the image network.
    ///   - features: the width of the image network's output.
    ///   - hidden: the width of the memory.
    ///   - softmax: whether probabilities go out instead of scores.
    ///   - withoutHead: whether to end with the memory's output, before the last linear layer.
    public init(
        channels: Int = 3, layers: [Layer] = caffeNet, features: Int = 4096, hidden: Int = 256,
        classes: Int = 101,
        softmax: Bool = true, withoutHead: Bool = false
    ) {
        var images: [any Module] = []
        var (inputs, count) = (channels, 0)
        for layer in layers {
            switch layer {
            case .convolution(let outputs, let kernel, let stride, let padding, let groups):
                count += 1
                images.append(
                    Conv3d(
                        inputs, outputs, kernel: [1, kernel, kernel], stride: [1, stride, stride],
                        padding: [0, padding, padding], groups: groups
                    ).named("conv\(count)"))
                images.append(Activation.relu)
                inputs = outputs
            case .maximum(let kernel, let stride):
                images.append(MaxPool3d(kernel: [1, kernel, kernel], stride: [1, stride, stride]))
            case .responseNorm(let size): images.append(LocalResponseNorm(size: size))
            case .mean(let side):
                images.append(AdaptivePool(.average, kernel: nil, output: [side, side]))
            }
        }
        network = Sequential {
            Sequential {
                images
                FlatLinear(features).named("fc6")
                Activation.relu
            }.named("cnn.fn")
            LSTM(features, hidden).named("lstm")
            if !withoutHead {
                Linear(hidden, classes).named("fc")
                if softmax { Softmax() }
            }
        }
    }
}
