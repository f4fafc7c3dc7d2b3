extension PlanBuilder {
    /// The stream delayed to go beside a module of some timing.
    mutating func shortcut(_ input: Value, around timing: Timing, shrink: Residual.Shrink?) throws -> Value {
        let delay = timing.delay
        let keepsLength = timing.receptiveField - 2 * timing.padding == 1
        guard let shrink, !keepsLength else { return self.delay(input, by: delay) }
        switch shrink {
        case .centered:
            guard delay % 2 == 0 else {
                throw ContinualError(
                    .network,
                    "\(place): a centred residual needs a module with an even delay, not \(delay); use lagging or leading"
                )
            }
            return self.delay(
                input, by: delay / 2, from: delay, endPadding: min(timing.padding, delay / 2),
                clip: .crop(start: delay / 2, end: delay / 2))
        case .lagging:
            return self.delay(input, by: delay, from: delay, endPadding: 0, clip: .crop(start: 0, end: delay))
        case .leading:
            return self.delay(input, by: 0, from: delay, clip: .crop(start: delay, end: 0))
        }
    }
}

extension PlanBuilder {
    /// A convolution of one position whose weights have the shape of one over `kernel.count` axes.
    mutating func pointwise(_ values: [Value], _ inputs: Int, _ outputs: Int, kernel: [Int]) throws -> [Value]
    {
        let weights = try parameter("weight", [outputs, inputs] + kernel, .uniform(fanIn: inputs))
        let bias = try parameter("bias", [outputs], .uniform(fanIn: inputs))
        return [linear(values[0], weights: weights, bias: bias, outputs: outputs)]
    }
}
