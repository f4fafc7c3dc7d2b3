import CKernels

/// All outputs of the newest tokens, at every step: each output is a frame of `tokens` positions, oldest first.
/// Attention is taken anew with its maximum subtracted.
///
/// The published form updates sums of exponentials and takes the oldest token's part away again. It saves
/// little (2 % of a two-block encoder) and loses all digits once scores differ by more than about ten.
struct RetroactiveAttentionOperation: Operation {
    let inputs: [Int]
    var output = 0
    let shape: AttentionShape
    let stateOffset: Int

    init(input: Value, shape: AttentionShape, stateOffset: Int) {
        inputs = [input.id]
        self.shape = shape
        self.stateOffset = stateOffset
    }

    static func stateFloats(_ shape: AttentionShape) -> Int { (shape.tokens - 1) * 3 * shape.width }

    var emission: Emission { Emission(lag: shape.tokens - 1) }
    var tapsAtOnce: Int { 2 * shape.tokens }
    var clipFrames: Int? { shape.tokens }
    var multiplyAdds: Int { 2 * shape.tokens * shape.tokens * shape.width }
    var summary: String { "attention of \(shape.tokens) tokens, \(shape.heads) heads" }

    func scratchFloats(frames: Int) -> Int { shape.tokens * shape.width + shape.tokens + 64 }

    func run(_ run: Execution) {
        let width = shape.width
        let tokens = shape.tokens
        var out = run.base(output)
        for row in 0..<run.rows {
            let history = FrameHistory(
                run, value: inputs[0], row: row, offset: stateOffset, ringFrames: tokens - 1,
                frameFloats: 3 * width)
            let span = run.span(output, row)
            for index in span.first..<span.end {
                let newest = emission.input(of: index)
                let queries = run.scratch
                let keys = run.taps
                let values = run.taps + tokens
                for token in 0..<tokens {
                    // Exists: the output begins with the first full window.
                    guard let frame = history.frame(newest - (tokens - 1 - token)) else { continue }
                    (queries + token * width).update(from: frame, count: width)
                    keys[token] = frame + width
                    values[token] = frame + 2 * width
                }
                var geometry = weir_attention_shape(
                    queries: tokens, tokens: tokens, heads: shape.heads, query_stride: width,
                    query_head: shape.headWidth, key_head: shape.headWidth, key_width: shape.headWidth,
                    value_head: shape.headWidth, value_width: shape.headWidth, out_stride: width,
                    out_head: shape.headWidth, scale: shape.scale)
                weir_attention(
                    queries, keys, values, &geometry, run.scratch + tokens * width, out)
                out += tokens * width
            }
            history.store()
        }
    }
}
