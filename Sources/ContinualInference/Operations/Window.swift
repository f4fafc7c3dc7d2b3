/// A window that slides over the axes of space: kernel, stride, padding and dilation of each.
struct Window: Sendable {
    /// What stands at positions beyond the edge.
    enum Edge: String, Sendable {
        case zeros
        case replicate
    }

    let input: [Int]
    let kernel: [Int]
    let stride: [Int]
    let padding: [Int]
    let dilation: [Int]
    let edge: Edge
    /// The extents of the output.
    let output: [Int]
    /// The number of input positions.
    let inputPositions: Int
    /// The number of output positions.
    let outputPositions: Int
    /// The number of taps.
    let taps: Int

    /// A window over so many positions of each axis.
    ///
    /// - Throws: ``ContinualError`` for settings that make no sense, naming `place`.
    init(
        input: [Int], kernel: [Int], stride: [Int], padding: [Int], dilation: [Int], edge: Edge = .zeros,
        place: String
    ) throws {
        for axis in input.indices {
            guard kernel[axis] > 0, stride[axis] > 0, dilation[axis] > 0, padding[axis] >= 0 else {
                throw ContinualError(
                    .network,
                    "\(place): kernel, stride and dilation must be positive and padding not negative")
            }
            let reach = dilation[axis] * (kernel[axis] - 1) + 1
            guard input[axis] + 2 * padding[axis] >= reach else {
                throw ContinualError(
                    .network,
                    "\(place): the window reaches over \(reach) positions of axis \(axis), the padded input has \(input[axis] + 2 * padding[axis])"
                )
            }
        }
        self.input = input
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.edge = edge
        output = input.indices.map {
            (input[$0] + 2 * padding[$0] - dilation[$0] * (kernel[$0] - 1) - 1) / stride[$0] + 1
        }
        inputPositions = input.reduce(1, *)
        outputPositions = output.reduce(1, *)
        taps = kernel.reduce(1, *)
    }

    /// A window of one position on each.
    init(pointwise input: [Int]) {
        self.input = input
        kernel = input.map { _ in 1 }
        stride = kernel
        padding = input.map { _ in 0 }
        dilation = kernel
        edge = .zeros
        output = input
        inputPositions = input.reduce(1, *)
        outputPositions = inputPositions
        taps = 1
    }

    /// Whether each output position looks at the one input position of the same index.
    var isPointwise: Bool {
        kernel.allSatisfy { $0 == 1 } && stride.allSatisfy { $0 == 1 } && padding.allSatisfy { $0 == 0 }
    }

    /// For each output position and tap the input position, -1 beyond the edge.
    func positions() -> [Int32] {
        let count = outputPositions
        var table: [Int32] = []
        table.reserveCapacity(count * taps)
        for position in 0..<count {
            for tap in 0..<taps {
                var index = 0
                var isInside = true
                var (restOfPosition, restOfTap) = (position, tap)
                var (positionExtent, tapExtent) = (count, taps)
                for axis in input.indices {
                    positionExtent /= output[axis]
                    tapExtent /= kernel[axis]
                    var at =
                        restOfPosition / positionExtent * stride[axis] - padding[axis]
                        + restOfTap / tapExtent * dilation[axis]
                    restOfPosition %= positionExtent
                    restOfTap %= tapExtent
                    if at < 0 || at >= input[axis] {
                        if edge == .zeros { isInside = false }
                        at = min(max(at, 0), input[axis] - 1)
                    }
                    index = index * input[axis] + at
                }
                table.append(isInside ? Int32(index) : -1)
            }
        }
        return table
    }
}
