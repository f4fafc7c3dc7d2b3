import CKernels

/// A convolution over time and space of each channel by itself.
///
/// Where the kernel reaches over time and space both, the state keeps accumulators: what is known of the next
/// `kernel - 1` outputs. Each frame is read once, and where space is strided the state is smaller. Otherwise
/// the state keeps the frames, as ``ConvolutionOperation`` does.
struct DepthwiseOperation: Operation {
    let inputs: [Int]
    var output = 0
    let time: ConvolutionOperation.Time
    let window: Window
    let channels: Int
    let stateOffset: Int
    let accumulates: Bool

    /// [kernel * taps][channels], until they are copied to aligned memory.
    private var weights: [Float]
    private var bias: [Float]
    private var activation = Activation.identity
    private var packed: ConstantBuffer<Float>?
    private var packedBias: ConstantBuffer<Float>?
    private var ones: ConstantBuffer<Float>?
    private var offsets: ConstantBuffer<Int32>?

    /// Whether accumulators are what the state should keep.
    static func accumulates(_ time: ConvolutionOperation.Time, _ window: Window) -> Bool {
        time.kernel > 1 && time.stride == 1 && time.dilation == 1 && !time.replicates && window.taps > 1
            && window.input.count <= 2 && window.edge == .zeros
    }

    /// The floats that the state keeps.
    static func stateFloats(_ time: ConvolutionOperation.Time, _ window: Window, channels: Int) -> Int {
        time.reach * (accumulates(time, window) ? window.outputPositions : window.inputPositions) * channels
    }

    /// - Parameter weights: as PyTorch has them, [channels][1][kernel][taps].
    init(
        input: Value, time: ConvolutionOperation.Time, window: Window, weights: [Float], bias: [Float]?,
        stateOffset: Int
    ) {
        inputs = [input.id]
        self.time = time
        self.window = window
        channels = input.shape.channels
        self.stateOffset = stateOffset
        accumulates = Self.accumulates(time, window)
        let taps = time.kernel * window.taps
        var turned = [Float](repeating: 0, count: weights.count)
        for channel in 0..<channels {
            for tap in 0..<taps { turned[tap * channels + channel] = weights[channel * taps + tap] }
        }
        self.weights = turned
        self.bias = bias ?? [Float](repeating: 0, count: channels)
    }

    private var taps: Int { time.kernel * window.taps }
    private var positions: Int { window.outputPositions }

    var emission: Emission { time.emission }
    var tapsAtOnce: Int { taps }
    var multiplyAdds: Int { positions * taps * channels }
    var summary: String {
        "depthwise convolution \(time.summary(window))" + activation.suffix
    }

    mutating func fold(scale: [Float], shift: [Float]) -> Bool {
        guard activation == .identity, scale.count == channels else { return false }
        for index in weights.indices { weights[index] *= scale[index % channels] }
        for channel in bias.indices { bias[channel] = bias[channel] * scale[channel] + shift[channel] }
        return true
    }

    mutating func fuse(_ next: Activation) -> Bool {
        guard activation == .identity else { return false }
        activation = next
        return true
    }

    mutating func prepare() {
        packed = ConstantBuffer(weights)
        packedBias = ConstantBuffer(bias)
        ones = ConstantBuffer([Float](repeating: 1, count: channels))
        weights = []
        let channels = Int32(channels)
        offsets = accumulates ? nil : ConstantBuffer(window.positions().map { $0 < 0 ? -1 : $0 * channels })
    }

    func run(_ run: Execution) {
        if accumulates { runAccumulating(run) } else { runGathering(run) }
    }

    /// The geometry as the kernel wants it, with one axis of space as a height of 1.
    private var shape: weir_depthwise_shape {
        func two(_ extents: [Int], _ missing: Int) -> (Int, Int) {
            extents.count == 2 ? (extents[0], extents[1]) : (missing, extents[0])
        }
        let (height, width) = two(window.input, 1)
        let (outHeight, outWidth) = two(window.output, 1)
        let (kernelHeight, kernelWidth) = two(window.kernel, 1)
        let (strideHeight, strideWidth) = two(window.stride, 1)
        let (padHeight, padWidth) = two(window.padding, 0)
        let (dilationHeight, dilationWidth) = two(window.dilation, 1)
        return weir_depthwise_shape(
            height: height, width: width, channels: channels, out_height: outHeight, out_width: outWidth,
            depth: time.kernel, kernel_height: kernelHeight, kernel_width: kernelWidth,
            stride_height: strideHeight, stride_width: strideWidth, pad_height: padHeight,
            pad_width: padWidth, dilation_height: dilationHeight, dilation_width: dilationWidth)
    }

    private func runAccumulating(_ run: Execution) {
        guard let packed, let packedBias, let ones else { preconditionFailure("not prepared") }
        var shape = shape
        let inputFloats = window.inputPositions * channels
        let outFloats = positions * channels
        let slots = time.kernel - 1
        var out = run.base(output)
        for row in 0..<run.rows {
            let input = run.span(inputs[0], row)
            let span = run.span(output, row)
            let frames = run.base(inputs[0]) + input.start * inputFloats
            let accumulators = run.state(row) + stateOffset
            /// The accumulator of the output that is finished with input `index`.
            func accumulator(_ index: Int) -> UnsafeMutablePointer<Float> {
                accumulators + index % slots * outFloats
            }
            for index in input.first..<input.end {
                for ahead in 0..<slots { run.accumulators[ahead] = accumulator(index + ahead) }
                let isDue = index >= emission.lag
                weir_depthwise_step(
                    frames + (index - input.first) * inputFloats, &shape, packed.start, packedBias.start,
                    activation.code, activation.slope, run.accumulators, isDue ? out : nil)
                if isDue { out += outFloats }
            }
            // Frames of zeros after the end add nothing: the accumulators are the outputs.
            for index in max(span.first + emission.lag, input.end)..<max(span.end + emission.lag, input.end) {
                weir_affine(
                    accumulator(index), positions, channels, ones.start, packedBias.start, activation.code,
                    activation.slope, out)
                out += outFloats
            }
        }
    }

    private func runGathering(_ run: Execution) {
        guard let packed, let packedBias, let offsets else { preconditionFailure("not prepared") }
        let rowsAtOnce = max(1, run.tapCapacity / taps)
        let inputFloats = window.inputPositions * channels
        let zeros = UnsafePointer(run.zeros)
        let spaceTaps = window.taps
        var out = run.base(output)
        let outside: FrameHistory.Outside = time.replicates && run.mode == .step ? .nearest : .nothing
        for row in 0..<run.rows {
            let history = FrameHistory(
                run, value: inputs[0], row: row, offset: stateOffset, ringFrames: time.reach,
                frameFloats: inputFloats, outside: outside)
            let span = run.span(output, row)
            for index in span.first..<span.end {
                let newest = emission.input(of: index)
                var position = 0
                while position < positions {
                    let count = min(positions - position, rowsAtOnce)
                    for tap in 0..<time.kernel {
                        let frame = history.frame(newest - (time.kernel - 1 - tap) * time.dilation)
                        var place = run.taps + tap * spaceTaps
                        var offset = offsets.start + position * spaceTaps
                        for _ in 0..<count {
                            for space in 0..<spaceTaps {
                                place[space] =
                                    frame.map { offset[space] < 0 ? zeros : $0 + Int(offset[space]) } ?? zeros
                            }
                            place += taps
                            offset += spaceTaps
                        }
                    }
                    weir_gather_depthwise(
                        run.taps, count, taps, channels, packed.start, packedBias.start, activation.code,
                        activation.slope, out)
                    out += count * channels
                    position += count
                }
            }
            history.store()
        }
    }
}
