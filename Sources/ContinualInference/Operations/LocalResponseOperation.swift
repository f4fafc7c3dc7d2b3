/// Local response normalisation with the exponent 3/4, which two square roots give, the same on every platform.
struct LocalResponseOperation: Operation {
    let inputs: [Int]
    var output = 0
    private let shape: FrameShape
    private let size: Int
    private let alpha: Float

    init(input: Value, size: Int, alpha: Float) {
        inputs = [input.id]
        shape = input.shape
        self.size = size
        self.alpha = alpha
    }

    var multiplyAdds: Int { shape.count * size }
    var summary: String { "response norm over \(size) channels" }

    func run(_ run: Execution) {
        let (channels, reach, share) = (shape.channels, size / 2, alpha / Float(size))
        var x = UnsafePointer(run.base(inputs[0]))
        var y = run.base(output)
        for _ in 0..<(run.frames(inputs[0]) * shape.positions) {
            for channel in 0..<channels {
                var sum: Float = 0
                for near in max(0, channel - reach)...min(channels - 1, channel + reach) {
                    sum += x[near] * x[near]
                }
                let root = (1 + share * sum).squareRoot()
                y[channel] = x[channel] / (root * root.squareRoot())
            }
            x += channels
            y += channels
        }
    }
}
