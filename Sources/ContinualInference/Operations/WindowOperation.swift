/// The newest frames as the positions of one frame, oldest first.
struct WindowOperation: Operation {
    let inputs: [Int]
    var output = 0
    let tokens: Int
    let width: Int
    let stateOffset: Int

    init(input: Value, tokens: Int, stateOffset: Int) {
        inputs = [input.id]
        self.tokens = tokens
        width = input.shape.channels
        self.stateOffset = stateOffset
    }

    var emission: Emission { Emission(lag: tokens - 1) }
    var summary: String { "window of \(tokens)" }

    func run(_ run: Execution) {
        var out = run.base(output)
        for row in 0..<run.rows {
            let history = FrameHistory(
                run, value: inputs[0], row: row, offset: stateOffset, ringFrames: tokens - 1,
                frameFloats: width)
            let span = run.span(output, row)
            for index in span.first..<span.end {
                let newest = emission.input(of: index)
                for token in 0..<tokens {
                    guard let frame = history.frame(newest - (tokens - 1 - token)) else { continue }
                    out.update(from: frame, count: width)
                    out += width
                }
            }
            history.store()
        }
    }
}
