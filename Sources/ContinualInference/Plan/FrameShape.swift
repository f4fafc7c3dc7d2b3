/// The shape of one frame: channels at each of some positions.
///
/// Outside, a frame is given as PyTorch has it: all positions of the first channel, then of the second
/// (`[channels][spatial…]`). Inside, positions come first and channels last.
public struct FrameShape: Sendable, Hashable, CustomStringConvertible {
    /// The number of channels.
    public var channels: Int
    /// The extents of space: empty for a vector, `[height, width]` for an image.
    public var spatial: [Int]

    /// A shape.
    public init(_ channels: Int, _ spatial: [Int] = []) {
        self.channels = channels
        self.spatial = spatial
    }

    /// The number of positions: the product of ``spatial``.
    public var positions: Int { spatial.reduce(1, *) }
    /// The number of values of a frame.
    public var count: Int { channels * positions }

    /// Channels and extents, as in `3x160x160`.
    public var description: String { ([channels] + spatial).map(String.init).joined(separator: "x") }
}
