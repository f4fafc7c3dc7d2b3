import CKernels

/// Attention among the positions of each frame, all outputs: a middle block of an encoder, or joints of a
/// skeleton that look at each other.
struct FrameAttentionOperation: Operation {
    let inputs: [Int]
    var output = 0
    /// Positions are looked at within sets: the joints of one person.
    let sets: Int
    let tokens: Int
    let heads: Int
    /// The width of all heads' keys, and of their values.
    let keyWidth: Int
    let valueWidth: Int

    /// - Parameter input: queries, keys and values of each position, [2 * keyWidth + valueWidth].
    init(input: Value, tokens: Int, heads: Int, keyWidth: Int, valueWidth: Int) {
        inputs = [input.id]
        sets = input.shape.positions / tokens
        self.tokens = tokens
        self.heads = heads
        self.keyWidth = keyWidth
        self.valueWidth = valueWidth
    }

    var tapsAtOnce: Int { 2 * tokens }
    var multiplyAdds: Int { sets * tokens * tokens * (keyWidth + valueWidth) }
    var summary: String { "attention of \(tokens) positions, \(heads) heads" }

    func scratchFloats(frames: Int) -> Int { tokens + 64 }

    func run(_ run: Execution) {
        let stride = 2 * keyWidth + valueWidth
        let (keyHead, valueHead) = (keyWidth / heads, valueWidth / heads)
        for set in 0..<(run.frames(inputs[0]) * sets) {
            let base = run.base(inputs[0]) + set * tokens * stride
            let keys = run.taps
            let values = run.taps + tokens
            for token in 0..<tokens {
                keys[token] = UnsafePointer(base + token * stride + keyWidth)
                values[token] = UnsafePointer(base + token * stride + 2 * keyWidth)
            }
            var geometry = weir_attention_shape(
                queries: tokens, tokens: tokens, heads: heads, query_stride: stride, query_head: keyHead,
                key_head: keyHead, key_width: keyHead, value_head: valueHead, value_width: valueHead,
                out_stride: valueWidth, out_head: valueHead, scale: 1 / Float(keyHead).squareRoot())
            weir_attention(
                base, keys, values, &geometry, run.scratch, run.base(output) + set * tokens * valueWidth)
        }
    }
}
