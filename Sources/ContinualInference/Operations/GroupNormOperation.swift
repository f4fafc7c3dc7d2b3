/// Normalisation of groups of channels over space, and over time too when a clip is given.
struct GroupNormOperation: Operation {
    let inputs: [Int]
    var output = 0
    let shape: FrameShape
    let groups: Int
    let epsilon: Float
    let gamma: [Float]
    let beta: [Float]

    init(input: Value, groups: Int, gamma: [Float], beta: [Float], epsilon: Float) {
        inputs = [input.id]
        shape = input.shape
        self.groups = groups
        self.epsilon = epsilon
        self.gamma = gamma
        self.beta = beta
    }

    var multiplyAdds: Int { 4 * shape.count }
    var summary: String {
        "group norm, \(groups) groups" + (epsilon == 1e-5 ? "" : ", epsilon \(epsilon)")
    }

    func run(_ run: Execution) {
        for row in 0..<run.rows {
            let span = run.span(inputs[0], row)
            let framesAtOnce = run.mode == .clip ? max(span.count, 1) : 1
            for first in stride(from: 0, to: span.count, by: framesAtOnce) {
                normalise(
                    run.base(inputs[0]) + (span.start + first) * shape.count,
                    positions: framesAtOnce * shape.positions,
                    into: run.base(output) + (span.start + first) * shape.count)
            }
        }
    }

    private func normalise(
        _ x: UnsafeMutablePointer<Float>, positions: Int, into out: UnsafeMutablePointer<Float>
    ) {
        let width = shape.channels / groups
        for group in 0..<groups {
            var (sum, squares) = (0.0, 0.0)
            for position in 0..<positions {
                for channel in (group * width)..<((group + 1) * width) {
                    let value = Double(x[position * shape.channels + channel])
                    sum += value
                    squares += value * value
                }
            }
            let count = Double(positions * width)
            let mean = sum / count
            let inverse = 1 / (max(0, squares / count - mean * mean) + Double(epsilon)).squareRoot()
            for position in 0..<positions {
                for channel in (group * width)..<((group + 1) * width) {
                    let index = position * shape.channels + channel
                    out[index] = Float((Double(x[index]) - mean) * inverse) * gamma[channel] + beta[channel]
                }
            }
        }
    }
}
