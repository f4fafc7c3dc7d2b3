import Foundation

/// All outputs of the newest tokens at every step, by taking the oldest token's part out of sums of exponentials
/// and putting the newest one's in (Hedegaard et al., "Continual Transformers", 2022, equations 8 to 13).
///
/// `exp(q·k)` is taken as it is: no maximum can be subtracted from a sum that lives on. In single precision, errors
/// are about 1e-6 where scores spread by 1, 5e-4 by 3, 0.2 by 6, and the sums overflow beyond 80.
struct DowndatedAttentionOperation: Operation {
    let inputs: [Int]
    var output = 0
    let shape: AttentionShape
    let stateOffset: Int

    init(input: Value, shape: AttentionShape, stateOffset: Int) {
        inputs = [input.id]
        self.shape = shape
        self.stateOffset = stateOffset
    }

    /// For each of `tokens` tokens its query, key and value, its weighted sum of values, and the heads' sums.
    static func stateFloats(_ shape: AttentionShape) -> Int { shape.tokens * (4 * shape.width + shape.heads) }

    var emission: Emission { Emission(lag: shape.tokens - 1) }
    var clipFrames: Int? { shape.tokens }
    var multiplyAdds: Int { 7 * shape.tokens * shape.width }
    var summary: String { "downdated attention of \(shape.tokens) tokens, \(shape.heads) heads" }

    func run(_ run: Execution) {
        let (width, tokens) = (shape.width, shape.tokens)
        var out = run.base(output)
        for row in 0..<run.rows {
            let span = run.span(inputs[0], row)
            let frames = run.base(inputs[0]) + span.start * 3 * width
            let ring = run.state(row) + stateOffset
            let weighted = ring + tokens * 3 * width
            let sums = weighted + tokens * width
            func token(_ index: Int) -> UnsafeMutablePointer<Float> { ring + index % tokens * 3 * width }
            for index in span.first..<span.end {
                let newest = frames + (index - span.first) * 3 * width
                let oldest = index >= tokens ? token(index) : nil
                // The newest token's own row takes the place of the oldest.
                let (ownWeighted, ownSums) = (
                    weighted + index % tokens * width, sums + index % tokens * shape.heads
                )
                for other in max(0, index - tokens + 1)..<index {
                    let (past, slot) = (token(other), other % tokens)
                    for head in 0..<shape.heads {
                        let at = head * shape.headWidth
                        let (sum, total) = (sums + slot * shape.heads + head, weighted + slot * width + at)
                        if let oldest {
                            add(-weight(past + at, oldest + width + at), oldest + 2 * width + at, sum, total)
                        }
                        add(weight(past + at, newest + width + at), newest + 2 * width + at, sum, total)
                    }
                }
                ownWeighted.update(repeating: 0, count: width)
                ownSums.update(repeating: 0, count: shape.heads)
                token(index).update(from: newest, count: 3 * width)
                for other in max(0, index - tokens + 1)...index {
                    for head in 0..<shape.heads {
                        let at = head * shape.headWidth
                        add(
                            weight(newest + at, token(other) + width + at), token(other) + 2 * width + at,
                            ownSums + head, ownWeighted + at)
                    }
                }
                guard index >= tokens - 1 else { continue }
                for other in (index - tokens + 1)...index {
                    for channel in 0..<width {
                        out[channel] =
                            weighted[other % tokens * width + channel]
                            / sums[other % tokens * shape.heads + channel / shape.headWidth]
                    }
                    out += width
                }
            }
        }
    }

    private func weight(_ query: UnsafePointer<Float>, _ key: UnsafePointer<Float>) -> Float {
        var sum: Float = 0
        for channel in 0..<shape.headWidth { sum += query[channel] * key[channel] }
        return exp(sum * shape.scale)
    }

    private func add(
        _ weight: Float, _ value: UnsafePointer<Float>, _ sum: UnsafeMutablePointer<Float>,
        _ total: UnsafeMutablePointer<Float>
    ) {
        sum.pointee += weight
        for channel in 0..<shape.headWidth { total[channel] += weight * value[channel] }
    }
}
