import CKernels

/// The mean or the maximum over a window of time and space. Each frame is pooled over space when it comes; the
/// state keeps the pooled frames, and each output is taken afresh from them, so that nothing drifts.
struct PoolOperation: Operation {
    /// What is taken of a window.
    enum Kind: Sendable {
        /// The mean; padding counts as zeros.
        case mean
        /// The maximum; padding does not count.
        case maximum
    }

    let inputs: [Int]
    var output = 0
    let kind: Kind
    let time: ConvolutionOperation.Time
    let window: Window
    let channels: Int
    let stateOffset: Int
    /// Whether a clip is pooled as a whole, to one frame.
    let poolsClips: Bool

    private var offsets: ConstantBuffer<Int32>?

    init(
        input: Value, kind: Kind, time: ConvolutionOperation.Time, window: Window, poolsClips: Bool,
        stateOffset: Int
    ) {
        inputs = [input.id]
        self.kind = kind
        self.time = time
        self.window = window
        self.poolsClips = poolsClips
        channels = input.shape.channels
        self.stateOffset = stateOffset
    }

    private var positions: Int { window.outputPositions }
    private var inputFloats: Int { window.inputPositions * channels }
    private var pooledFloats: Int { positions * channels }

    var emission: Emission { time.emission }
    var tapsAtOnce: Int { max(window.taps, time.kernel) }
    var multiplyAdds: Int { positions * channels * (window.taps + time.kernel) }
    var summary: String {
        "\(kind) pool \(time.summary(window))"
    }

    mutating func prepare() {
        let channels = Int32(channels)
        offsets = ConstantBuffer(window.positions().map { $0 < 0 ? -1 : $0 * channels })
    }

    func outputSpan(of row: Int, in run: Execution) -> Span {
        let input = run.span(inputs[0], row)
        if poolsClips, run.mode == .clip { return Span(first: 0, count: min(1, input.count)) }
        let first = emission.outputs(after: input.first)
        let end = emission.outputs(after: input.end + (run.padsEnd ? emission.endPadding : 0))
        return Span(first: first, count: end - first)
    }

    /// The pooled frames of a session's run: as many as the output has frames, and as many again as the window
    /// reaches back, lie in scratch at most when a clip comes; a step needs one.
    func scratchFloats(frames: Int) -> Int { frames * pooledFloats }

    func run(_ run: Execution) {
        guard let offsets else { preconditionFailure("not prepared") }
        var out = run.base(output)
        for row in 0..<run.rows {
            let span = run.span(inputs[0], row)
            let frames = run.base(inputs[0]) + span.start * inputFloats
            let pooled: UnsafeMutablePointer<Float>
            if window.isPointwise {
                pooled = frames
            } else {
                pooled = run.scratch
                for index in 0..<span.count {
                    pool(frames + index * inputFloats, offsets, run, pooled + index * pooledFloats)
                }
            }
            if poolsClips, run.mode == .clip {
                guard span.count > 0 else { continue }
                poolTime(count: span.count, scale: 1 / Float(span.count), run, out) {
                    pooled + $0 * pooledFloats
                }
                out += pooledFloats
                continue
            }
            let ring = run.state(row) + stateOffset
            let outputs = run.span(output, row)
            for index in outputs.first..<outputs.end {
                let newest = emission.input(of: index)
                poolTime(count: time.kernel, scale: 1 / Float(time.kernel), run, out) { tap in
                    let frame = newest - (time.kernel - 1 - tap) * time.dilation
                    guard frame >= 0, frame < span.end else { return nil }
                    return frame >= span.first
                        ? pooled + (frame - span.first) * pooledFloats
                        : ring + frame % time.reach * pooledFloats
                }
                out += pooledFloats
            }
            if time.reach > 0 {
                for frame in max(span.first, span.end - time.reach)..<max(span.first, span.end) {
                    (ring + frame % time.reach * pooledFloats).update(
                        from: pooled + (frame - span.first) * pooledFloats, count: pooledFloats)
                }
            }
        }
    }

    /// Pools one frame over space.
    private func pool(
        _ frame: UnsafeMutablePointer<Float>, _ offsets: ConstantBuffer<Int32>, _ run: Execution,
        _ out: UnsafeMutablePointer<Float>
    ) {
        let taps = window.taps
        let atOnce = max(1, run.tapCapacity / taps)
        var position = 0
        while position < positions {
            let count = min(positions - position, atOnce)
            for tap in 0..<(count * taps) {
                let offset = offsets.start[position * taps + tap]
                run.taps[tap] = offset < 0 ? nil : UnsafePointer(frame + Int(offset))
            }
            reduce(run.taps, count, taps, channels, 1 / Float(taps), out + position * channels)
            position += count
        }
    }

    /// Pools pooled frames over time.
    private func poolTime(
        count: Int, scale: Float, _ run: Execution, _ out: UnsafeMutablePointer<Float>,
        _ frame: (Int) -> UnsafeMutablePointer<Float>?
    ) {
        run.reserveTaps(count)
        for tap in 0..<count { run.taps[tap] = UnsafePointer(frame(tap)) }
        reduce(run.taps, 1, count, pooledFloats, scale, out)
    }

    private func reduce(
        _ taps: UnsafeMutablePointer<UnsafePointer<Float>?>, _ rows: Int, _ count: Int, _ width: Int,
        _ scale: Float, _ out: UnsafeMutablePointer<Float>
    ) {
        switch kind {
        case .mean: weir_gather_sum(taps, rows, count, width, scale, out)
        case .maximum: weir_gather_max(taps, rows, count, width, out)
        }
    }
}
