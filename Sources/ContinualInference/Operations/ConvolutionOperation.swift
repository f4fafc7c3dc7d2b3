import CKernels

/// A convolution over time and space, grouped or not: one matrix product whose rows are gathered by pointers
/// from the frames kept in the state, the frames of this run, and zeros.
///
/// The state keeps the `(kernel - 1) * dilation` frames before the present one. So nothing is computed for
/// outputs that a stride leaves out, frames need no copy, and a clip is the same code as a step.
struct ConvolutionOperation: Operation {
    /// Extent over time.
    struct Time: Sendable {
        var kernel = 1
        var stride = 1
        var padding = 0
        var dilation = 1
        var replicates = false

        var reach: Int { (kernel - 1) * dilation }
        /// Kernel, stride, dilation and padding over time and space; what is usual is left out. Networks that
        /// differ in these only are told apart by it.
        func summary(_ window: Window) -> String {
            func extents(_ first: Int, _ others: [Int]) -> String {
                ([first] + others).map(String.init).joined(separator: "x")
            }
            var text = extents(kernel, window.kernel)
            let parts = [
                ("stride", [stride] + window.stride, 1), ("dilation", [dilation] + window.dilation, 1),
                ("padding", [padding] + window.padding, 0),
            ]
            for (name, values, usual) in parts where values.contains(where: { $0 != usual }) {
                text += ", \(name) \(extents(values[0], Array(values.dropFirst())))"
            }
            if replicates { text += ", first frame repeated" }
            if window.edge == .replicate { text += ", edge repeated" }
            return text
        }

        var emission: Emission { Emission(lag: reach - padding, stride: stride, endPadding: padding) }
    }

    let inputs: [Int]
    var output = 0
    let time: Time
    let window: Window
    let groups: Int
    /// Per group.
    let inputChannels: Int
    /// Per group.
    let outputChannels: Int
    let stateOffset: Int

    /// [groups][kernel * taps * inputChannels][outputChannels], until they are packed.
    private var weights: [Float]
    private var bias: [Float]
    private var activation = Activation.identity
    private var packed: PackedWeights?
    private var packedBias: ConstantBuffer<Float>?
    private var offsets: ConstantBuffer<Int32>?

    /// - Parameter weights: as PyTorch has them, [groups * outputChannels][inputChannels][kernel][taps].
    init(
        input: Value, time: Time, window: Window, groups: Int, weights: [Float], bias: [Float]?,
        outputChannels: Int, stateOffset: Int
    ) {
        inputs = [input.id]
        self.time = time
        self.window = window
        self.groups = groups
        inputChannels = input.shape.channels / groups
        self.outputChannels = outputChannels / groups
        self.stateOffset = stateOffset
        let taps = time.kernel * window.taps
        let (ins, outs) = (inputChannels, self.outputChannels)
        var turned = [Float](repeating: 0, count: weights.count)
        for group in 0..<groups {
            for out in 0..<outs {
                for channel in 0..<ins {
                    for tap in 0..<taps {
                        turned[((group * taps + tap) * ins + channel) * outs + out] =
                            weights[((group * outs + out) * ins + channel) * taps + tap]
                    }
                }
            }
        }
        self.weights = turned
        self.bias = bias ?? [Float](repeating: 0, count: outputChannels)
    }

    private var taps: Int { time.kernel * window.taps }
    private var positions: Int { window.outputPositions }
    private var inputFloats: Int { window.inputPositions * inputChannels * groups }

    var emission: Emission { time.emission }
    var tapsAtOnce: Int { taps }
    var multiplyAdds: Int { positions * groups * taps * inputChannels * outputChannels }
    var summary: String {
        "convolution \(time.summary(window))" + (groups > 1 ? ", \(groups) groups" : "") + activation.suffix
    }

    mutating func fold(scale: [Float], shift: [Float]) -> Bool {
        guard activation == .identity, scale.count == groups * outputChannels else { return false }
        for group in 0..<groups {
            for row in 0..<(taps * inputChannels) {
                for out in 0..<outputChannels {
                    weights[(group * taps * inputChannels + row) * outputChannels + out] *=
                        scale[group * outputChannels + out]
                }
            }
        }
        for channel in bias.indices { bias[channel] = bias[channel] * scale[channel] + shift[channel] }
        return true
    }

    mutating func fuse(_ next: Activation) -> Bool {
        guard activation == .identity else { return false }
        activation = next
        return true
    }

    mutating func prepare() {
        packed = PackedWeights(weights, groups: groups, depth: taps * inputChannels, outputs: outputChannels)
        weights = []
        packedBias = ConstantBuffer(bias)
        let channels = Int32(inputChannels * groups)
        offsets = ConstantBuffer(window.positions().map { $0 < 0 ? -1 : $0 * channels })
    }

    /// Whether each output position is a product of the one input position at its place.
    private var isPointwise: Bool {
        time.kernel == 1 && time.stride == 1 && window.isPointwise && groups == 1
    }

    /// The positions of all frames are rows that follow each other.
    private func runPointwise(_ run: Execution, _ packed: PackedWeights, _ bias: ConstantBuffer<Float>) {
        let rows = run.frames(inputs[0]) * positions
        for first in stride(from: 0, to: rows, by: Self.rowsAtOnce) {
            weir_gemm(
                run.base(inputs[0]) + first * inputChannels, min(Self.rowsAtOnce, rows - first),
                inputChannels,
                packed.group(0), outputChannels, bias.start, activation.code, activation.slope,
                run.base(output) + first * outputChannels)
        }
    }

    /// So many rows pass under all weights at once: they stay in the nearest cache, and the weights pass seldom.
    private static let rowsAtOnce = 192

    func run(_ run: Execution) {
        // Set by `prepare`, which the plan calls before the first run.
        guard let packed, let packedBias, let offsets else { preconditionFailure("not prepared") }
        if isPointwise { return runPointwise(run, packed, packedBias) }
        let rowsAtOnce = max(1, min(Self.rowsAtOnce, run.tapCapacity / taps))
        let rowFloats = groups * outputChannels
        let zeros = UnsafePointer(run.zeros)
        let spaceTaps = window.taps
        let positions = positions
        var out = run.base(output)
        var rows = 0
        func flush() {
            for group in 0..<groups {
                weir_gather_gemm(
                    run.taps, rows, taps, inputChannels, group * inputChannels, packed.group(group),
                    outputChannels, packedBias.start + group * outputChannels, activation.code,
                    activation.slope, out + group * outputChannels, rowFloats)
            }
            out += rows * rowFloats
            rows = 0
        }
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
                    let count = min(positions - position, rowsAtOnce - rows)
                    let start = run.taps + rows * taps
                    for tap in 0..<time.kernel {
                        let frame = history.frame(newest - (time.kernel - 1 - tap) * time.dilation)
                        var place = start + tap * spaceTaps
                        var offset = offsets.start + position * spaceTaps
                        if let frame {
                            for _ in 0..<count {
                                for space in 0..<spaceTaps {
                                    place[space] = offset[space] < 0 ? zeros : frame + Int(offset[space])
                                }
                                place += taps
                                offset += spaceTaps
                            }
                        } else {
                            for _ in 0..<count {
                                for space in 0..<spaceTaps { place[space] = zeros }
                                place += taps
                            }
                        }
                    }
                    rows += count
                    position += count
                    if rows == rowsAtOnce { flush() }
                }
            }
        }
        if rows > 0 { flush() }
        for row in 0..<run.rows {
            FrameHistory(
                run, value: inputs[0], row: row, offset: stateOffset, ringFrames: time.reach,
                frameFloats: inputFloats
            ).store()
        }
    }
}
