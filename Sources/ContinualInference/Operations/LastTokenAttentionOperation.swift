import CKernels

/// Attention of the last position of each frame to all its positions, without making their keys and values.
///
/// With `q` the last token's query, `q·(W_k x_j + b_k)` is `(W_kᵀ q)·x_j` but for a term that is the same for
/// all `j` and that softmax does not see; and `Σ a_j (W_v x_j + b_v)` is `W_v (Σ a_j x_j) + b_v`. That takes
/// `2 d² + 2 n d h` multiply-adds for `n` tokens of width `d` in place of `2 n d²`, and is exact.
struct LastTokenAttentionOperation: Operation {
    let inputs: [Int]
    var output = 0
    let shape: AttentionShape
    private let query: PackedWeights
    private let queryBias: ConstantBuffer<Float>
    /// For each head its part of the key weights, [headWidth][width].
    private let keys: PackedWeights
    /// For each head its part of the value weights, [width][headWidth].
    private let values: PackedWeights
    private let valueBias: ConstantBuffer<Float>

    /// - Parameters:
    ///   - weights: as PyTorch has them, [3 * width][width], queries, keys, values.
    ///   - bias: [3 * width].
    init(input: Value, shape: AttentionShape, weights: [Float], bias: [Float]) {
        inputs = [input.id]
        self.shape = shape
        let width = shape.width
        query = PackedWeights(
            transposed(Array(weights[..<(width * width)]), rows: width), depth: width, outputs: width)
        queryBias = ConstantBuffer(Array(bias[..<width]))
        keys = PackedWeights(
            Array(weights[(width * width)..<(2 * width * width)]), groups: shape.heads,
            depth: shape.headWidth,
            outputs: width)
        var turned: [Float] = []
        for head in 0..<shape.heads {
            let first = (2 * width + head * shape.headWidth) * width
            turned += transposed(
                Array(weights[first..<(first + shape.headWidth * width)]), rows: shape.headWidth)
        }
        values = PackedWeights(turned, groups: shape.heads, depth: width, outputs: shape.headWidth)
        valueBias = ConstantBuffer(Array(bias[(2 * width)...]))
    }

    var tapsAtOnce: Int { max(192, shape.tokens) }
    var multiplyAdds: Int {
        3 * shape.width * shape.width + 2 * shape.tokens * shape.width * shape.heads
    }
    var summary: String { "attention of the last of \(shape.tokens) tokens, \(shape.heads) heads" }

    func scratchFloats(frames: Int) -> Int {
        frames * shape.width * (1 + 2 * shape.heads) + shape.tokens + 64
    }

    func run(_ run: Execution) {
        let width = shape.width
        let frames = run.frames(inputs[0])
        let base = run.base(inputs[0])
        let frameFloats = shape.tokens * width
        let q = run.scratch
        let absorbed = q + frames * width
        let mixed = absorbed + frames * width * shape.heads
        let scores = mixed + frames * width * shape.heads
        let out = run.base(output)
        multiply(run, frames, query.group(0), width, width, queryBias.start, 0, q, width) {
            UnsafePointer(base + ($0 + 1) * frameFloats - width)
        }
        for head in 0..<shape.heads {
            multiply(
                run, frames, keys.group(head), shape.headWidth, width, nil, 0, absorbed + head * width,
                width * shape.heads
            ) { UnsafePointer(q + $0 * width + head * shape.headWidth) }
        }
        for frame in 0..<frames {
            for token in 0..<shape.tokens {
                run.taps[token] = UnsafePointer(base + frame * frameFloats + token * width)
            }
            var geometry = weir_attention_shape(
                queries: 1, tokens: shape.tokens, heads: shape.heads, query_stride: 0, query_head: width,
                key_head: 0, key_width: width, value_head: 0, value_width: width, out_stride: 0,
                out_head: width, scale: shape.scale)
            weir_attention(
                absorbed + frame * width * shape.heads, run.taps, run.taps, &geometry, scores,
                mixed + frame * width * shape.heads)
        }
        for head in 0..<shape.heads {
            multiply(
                run, frames, values.group(head), width, shape.headWidth,
                valueBias.start + head * shape.headWidth, 0, out + head * shape.headWidth, width
            ) { UnsafePointer(mixed + ($0 * shape.heads + head) * width) }
        }
    }

    private func multiply(
        _ run: Execution, _ rows: Int, _ weights: UnsafePointer<Float>, _ depth: Int, _ outputs: Int,
        _ bias: UnsafePointer<Float>?, _ offset: Int, _ out: UnsafeMutablePointer<Float>, _ stride: Int,
        _ source: (Int) -> UnsafePointer<Float>
    ) {
        var first = 0
        while first < rows {
            let count = min(rows - first, 192)
            for index in 0..<count { run.taps[index] = source(first + index) }
            weir_gather_gemm(
                run.taps, count, 1, depth, offset, weights, outputs, bias, Activation.identity.code, 0,
                out + first * stride, stride)
            first += count
        }
    }
}
