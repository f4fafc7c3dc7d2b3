import CKernels

/// Each position's channels times a gate of one position (squeeze-and-excitation). A clip's one gate holds for
/// all its frames.
struct GateOperation: Operation {
    let inputs: [Int]
    var output = 0
    let shape: FrameShape
    let offsets: [Int]
    private var activation = Activation.identity

    init(_ x: Value, gate: Value, offsets: [Int]) {
        inputs = [x.id, gate.id]
        shape = x.shape
        self.offsets = offsets
    }

    var multiplyAdds: Int { shape.count }
    var summary: String { "gate" + activation.suffix }

    mutating func fuse(_ next: Activation) -> Bool {
        guard activation == .identity else { return false }
        activation = next
        return true
    }

    func outputSpan(of row: Int, in run: Execution) -> Span {
        let (x, gate) = (run.span(inputs[0], row), run.span(inputs[1], row))
        if run.mode == .clip { return Span(first: 0, count: gate.count == 0 ? 0 : x.count) }
        let first = max(0, x.first - offsets[0], gate.first - offsets[1])
        return Span(first: first, count: max(0, min(x.end - offsets[0], gate.end - offsets[1]) - first))
    }

    func run(_ run: Execution) {
        for row in 0..<run.rows {
            let span = run.span(output, row)
            let (x, gate) = (run.span(inputs[0], row), run.span(inputs[1], row))
            for index in span.first..<span.end {
                let isClip = run.mode == .clip
                let frame = isClip ? index : index + offsets[0] - x.first
                let place = isClip ? (gate.count == 1 ? 0 : index) : index + offsets[1] - gate.first
                weir_gate(
                    run.base(inputs[0]) + (x.start + frame) * shape.count, shape.positions, shape.channels,
                    run.base(inputs[1]) + (gate.start + place) * shape.channels, activation.code,
                    activation.slope, run.base(output) + (span.start + index - span.first) * shape.count)
            }
        }
    }
}
