import CKernels

/// One output for the newest tokens: the query of one of them against all keys. The state keeps keys and values
/// of the `tokens - 1` before, so a step costs `2 * tokens * width` multiply-adds.
///
/// Hedegaard, Bakhtiarnia and Iosifidis, "Continual Transformers: Redundancy-Free Attention for Online
/// Inference" (2022), section 3.3. Softmax is taken anew each time with its maximum subtracted.
struct SingleAttentionOperation: Operation {
    let inputs: [Int]
    var output = 0
    let shape: AttentionShape
    /// How many tokens before the newest the query lies.
    let queryAge: Int
    let stateOffset: Int

    init(input: Value, shape: AttentionShape, queryAge: Int, stateOffset: Int) {
        inputs = [input.id]
        self.shape = shape
        self.queryAge = queryAge
        self.stateOffset = stateOffset
    }

    /// The floats that the state keeps: whole frames when old queries are needed, else keys and values.
    static func stateFloats(_ shape: AttentionShape, queryAge: Int) -> Int {
        (shape.tokens - 1) * shape.width * (queryAge > 0 ? 3 : 2)
    }

    var emission: Emission { Emission(lag: shape.tokens - 1) }
    var tapsAtOnce: Int { 2 * shape.tokens }
    var multiplyAdds: Int { 2 * shape.tokens * shape.width }
    var summary: String { "attention of one token to \(shape.tokens), \(shape.heads) heads" }

    func outputSpan(of row: Int, in run: Execution) -> Span {
        let input = run.span(inputs[0], row)
        // A clip is one window, whatever its length.
        if run.mode == .clip { return Span(first: 0, count: input.count > queryAge ? 1 : 0) }
        let first = emission.outputs(after: input.first)
        return Span(first: first, count: emission.outputs(after: input.end) - first)
    }

    func scratchFloats(frames: Int) -> Int { max(shape.tokens, frames) + 64 }

    func run(_ run: Execution) {
        let width = shape.width
        let kept = queryAge > 0 ? 3 * width : 2 * width
        let ringFrames = shape.tokens - 1
        var out = run.base(output)
        for row in 0..<run.rows {
            let input = run.span(inputs[0], row)
            let span = run.span(output, row)
            let frames = run.base(inputs[0]) + input.start * 3 * width
            let ring = run.state(row) + stateOffset
            /// Where a token's key begins; its value follows.
            func key(_ index: Int) -> UnsafeMutablePointer<Float> {
                index >= input.first
                    ? frames + (index - input.first) * 3 * width + width
                    : ring + index % ringFrames * kept + (kept - 2 * width)
            }
            let tokens = run.mode == .clip ? input.count : shape.tokens
            if span.count > 0 { run.reserveTaps(2 * tokens) }
            for index in span.first..<span.end {
                let newest = run.mode == .clip ? input.count - 1 : emission.input(of: index)
                let keys = run.taps
                let values = run.taps + tokens
                for token in 0..<tokens {
                    let at = key(newest - (tokens - 1 - token))
                    keys[token] = UnsafePointer(at)
                    values[token] = UnsafePointer(at + width)
                }
                var geometry = weir_attention_shape(
                    queries: 1, tokens: tokens, heads: shape.heads, query_stride: 0,
                    query_head: shape.headWidth, key_head: shape.headWidth, key_width: shape.headWidth,
                    value_head: shape.headWidth, value_width: shape.headWidth, out_stride: 0,
                    out_head: shape.headWidth, scale: shape.scale)
                weir_attention(key(newest - queryAge) - width, keys, values, &geometry, run.scratch, out)
                out += width
            }
            if ringFrames > 0 {
                for index in max(input.first, input.end - ringFrames)..<max(input.first, input.end) {
                    (ring + index % ringFrames * kept).update(
                        from: frames + (index - input.first) * 3 * width + (3 * width - kept), count: kept)
                }
            }
        }
    }
}
