/// One of two streams, chosen for each frame by a predicate of a third.
struct SelectOperation: Operation {
    let inputs: [Int]
    var output = 0
    let shapes: [FrameShape]
    let offsets: [Int]
    let predicate: @Sendable (UnsafeBufferPointer<Float>) -> Bool

    init(
        _ values: [Value], offsets: [Int], predicate: @escaping @Sendable (UnsafeBufferPointer<Float>) -> Bool
    ) {
        inputs = values.map(\.id)
        shapes = values.map(\.shape)
        self.offsets = offsets
        self.predicate = predicate
    }

    var summary: String { "conditional" }

    func outputSpan(of row: Int, in run: Execution) -> Span {
        var (first, end) = (0, Int.max)
        for (index, input) in inputs.enumerated() {
            let span = run.span(input, row)
            let offset = run.mode == .clip ? 0 : offsets[index]
            first = max(first, span.first - offset)
            end = min(end, span.end - offset)
        }
        return Span(first: first, count: max(0, end - first))
    }

    func run(_ run: Execution) {
        for row in 0..<run.rows {
            let span = run.span(output, row)
            for index in span.first..<span.end {
                func frame(_ stream: Int) -> UnsafeMutablePointer<Float> {
                    let source = run.span(inputs[stream], row)
                    let offset = run.mode == .clip ? 0 : offsets[stream]
                    return run.base(inputs[stream])
                        + (source.start + index + offset - source.first) * shapes[stream].count
                }
                let decides = predicate(UnsafeBufferPointer(start: frame(0), count: shapes[0].count))
                (run.base(output) + (span.start + index - span.first) * shapes[1].count).update(
                    from: frame(decides ? 1 : 2), count: shapes[1].count)
            }
        }
    }
}
