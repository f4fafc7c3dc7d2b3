import CKernels

/// Several streams made one. Frames that come at the same step belong together; a stream that began earlier
/// waits for nobody, its frames of before are dropped.
struct JoinOperation: Operation {
    let inputs: [Int]
    var output = 0
    let reduction: Reduction
    let shapes: [FrameShape]
    /// For each stream the number of frames it has given before the output begins.
    let offsets: [Int]
    private var activation = Activation.identity

    init(_ values: [Value], reduction: Reduction, offsets: [Int]) {
        inputs = values.map(\.id)
        shapes = values.map(\.shape)
        self.reduction = reduction
        self.offsets = offsets
    }

    var summary: String { "\(reduction)" + activation.suffix }

    mutating func fuse(_ next: Activation) -> Bool {
        guard activation == .identity, reduction != .concatenation else { return false }
        activation = next
        return true
    }

    /// A clip's frames belong together by their index.
    private func offset(_ index: Int, _ run: Execution) -> Int { run.mode == .clip ? 0 : offsets[index] }

    func outputSpan(of row: Int, in run: Execution) -> Span {
        var (first, end) = (0, Int.max)
        for (index, input) in inputs.enumerated() {
            let span = run.span(input, row)
            first = max(first, span.first - offset(index, run))
            end = min(end, span.end - offset(index, run))
        }
        return Span(first: first, count: max(0, end - first))
    }

    func run(_ run: Execution) {
        let width = shapes.reduce(0) { $0 + ($1.channels) }
        for row in 0..<run.rows {
            let span = run.span(output, row)
            for index in span.first..<span.end {
                func frame(_ stream: Int) -> UnsafeMutablePointer<Float> {
                    let source = run.span(inputs[stream], row)
                    let at = source.start + index + offset(stream, run) - source.first
                    return run.base(inputs[stream]) + at * shapes[stream].count
                }
                let at = span.start + index - span.first
                if reduction == .concatenation {
                    let out = run.base(output) + at * width * shapes[0].positions
                    var channel = 0
                    for stream in inputs.indices {
                        let channels = shapes[stream].channels
                        let source = frame(stream)
                        for position in 0..<shapes[0].positions {
                            (out + position * width + channel).update(
                                from: source + position * channels, count: channels)
                        }
                        channel += channels
                    }
                } else {
                    let out = run.base(output) + at * shapes[0].count
                    var sum = frame(0)
                    for stream in 1..<inputs.count {
                        let last = stream == inputs.count - 1
                        combine(sum, frame(stream), last ? activation : .identity, out)
                        sum = out
                    }
                }
            }
        }
    }

    private func combine(
        _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>, _ activation: Activation,
        _ out: UnsafeMutablePointer<Float>
    ) {
        let count = shapes[0].count
        switch reduction {
        case .product: weir_multiply(a, b, count, activation.code, activation.slope, out)
        case .maximum: weir_maximum(a, b, count, activation.code, activation.slope, out)
        case .sum, .concatenation: weir_add(a, b, count, activation.code, activation.slope, out)
        }
    }
}
