/// How a module relates input to output in time, in its own input frames.
///
/// Hedegaard and Iosifidis, "Continual 3D Convolutional Neural Networks for Real-time Processing of Videos"
/// (2022), section 3. Composed by ``then(_:)`` along a chain and ``beside(_:)`` over branches.
public struct Timing: Sendable, Hashable {
    /// The number of input frames that an output depends on.
    public var receptiveField: Int
    /// The number of frames of padding at each end.
    public var padding: Int
    /// The number of input frames from one output to the next.
    public var stride: Int
    /// The number of frames by which an output lags behind the frame it belongs to.
    public var delay: Int

    /// The timing of a module; without a delay it is that of a convolution: `receptiveField - 1 - padding`.
    public init(receptiveField: Int = 1, padding: Int = 0, stride: Int = 1, delay: Int? = nil) {
        self.receptiveField = receptiveField
        self.padding = padding
        self.stride = stride
        self.delay = delay ?? receptiveField - 1 - padding
    }

    /// The timing of this module followed by another.
    public func then(_ next: Timing) -> Timing {
        Timing(
            receptiveField: receptiveField + (next.receptiveField - 1) * stride,
            padding: padding + next.padding * stride, stride: stride * next.stride)
    }

    /// The timing of branches that are reduced to one stream.
    public func beside(_ other: Timing) -> Timing {
        Timing(
            receptiveField: max(receptiveField, other.receptiveField), padding: max(padding, other.padding),
            stride: max(stride, other.stride), delay: max(delay, other.delay))
    }

    /// The timing of modules beside each other.
    init(ofBranches branches: [any Module]) {
        guard let first = branches.first?.timing else {
            self.init()
            return
        }
        self = branches.dropFirst().reduce(first) { $0.beside($1.timing) }
    }
}
