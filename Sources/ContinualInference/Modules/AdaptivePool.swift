/// The mean or maximum over the newest frames, and over space down to a size that is given. A clip is pooled
/// as a whole, to one frame, unless each frame is pooled by itself.
public struct AdaptivePool: Module {
    /// What is taken of a window.
    public enum Kind: Sendable {
        case average
        case maximum
    }

    private let kind: Kind
    private let kernel: Int?
    private let output: [Int]

    /// - Parameters:
    ///   - kernel: the number of newest frames; nil for each frame by itself, in a clip too.
    ///   - output: the extents of space that are left; empty for frames without space.
    public init(_ kind: Kind, kernel: Int?, output: [Int] = []) {
        self.kind = kind
        self.kernel = kernel
        self.output = output
    }

    /// Receptive field, padding, stride and delay.
    public var timing: Timing { Timing(receptiveField: kernel ?? 1) }

    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        guard output.count == input.shape.spatial.count, output.allSatisfy({ $0 > 0 }) else {
            throw ContinualError(
                .network, "\(builder.place): an adaptive pool to \(output) gets frames of \(input.shape)")
        }
        // Position i of n covers floor(i L / n)..<ceil((i + 1) L / n), windows of one size when n divides L.
        guard zip(input.shape.spatial, output).allSatisfy({ $0 % $1 == 0 }) else {
            return [try lowerUneven(input, into: &builder)]
        }
        let sizes = zip(input.shape.spatial, output).map { $0 / $1 }
        let window = try Window(
            input: input.shape.spatial, kernel: sizes, stride: sizes, padding: sizes.map { _ in 0 },
            dilation: sizes.map { _ in 1 }, place: builder.place)
        return [
            try builder.pool(
                input, kind: kind == .average ? .mean : .maximum,
                time: ConvolutionOperation.Time(kernel: kernel ?? 1),
                window: window, poolsClips: kernel != nil)
        ]
    }

    private func lowerUneven(_ input: Value, into builder: inout PlanBuilder) throws -> Value {
        var table: [[Int32]] = [[0]]
        for (extent, size) in zip(input.shape.spatial, output) {
            table = table.flatMap { prefix in
                (0..<size).map { index in
                    let range = index * extent / size..<((index + 1) * extent + size - 1) / size
                    return prefix.flatMap { base in range.map { base * Int32(extent) + Int32($0) } }
                }
            }
        }
        let shape = FrameShape(input.shape.channels, output)
        let pooled = builder.append(
            UnevenPoolOperation(input: input, kind: kind == .average ? .mean : .maximum, windows: table),
            shape: shape, after: input)
        guard let kernel else { return pooled }
        let window = Window(pointwise: output)
        return try builder.pool(
            pooled, kind: kind == .average ? .mean : .maximum,
            time: ConvolutionOperation.Time(kernel: kernel),
            window: window, poolsClips: true)
    }
}
