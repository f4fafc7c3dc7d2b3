/// Channels scaled by what two small layers make of their means (Hu, Shen and Sun, "Squeeze-and-Excitation
/// Networks", 2018). Weights `1.fc1` and `1.fc2`.
public struct SqueezeExcitation: Module {
    private let channels: Int
    private let hidden: Int
    private let window: Int

    /// - Parameters:
    ///   - window: the number of newest frames whose mean is taken; 1 for the frame alone. With more, the
    ///     frame that is scaled is the oldest of them. A clip's mean is over all of it.
    public init(_ channels: Int, hidden: Int, window: Int = 1) {
        self.channels = channels
        self.hidden = hidden
        self.window = window
    }

    /// Receptive field, padding, stride and delay.
    public var timing: Timing { Timing(receptiveField: window) }

    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        builder.share(input)
        let x = builder.delay(input, by: window - 1)
        let ones = input.shape.spatial.map { _ in 1 }
        let (channels, hidden) = (channels, hidden)
        let gate = try builder.scoped("1") { builder in
            var values = try AdaptivePool(.average, kernel: window, output: ones).lower(
                [input], into: &builder)
            let kernel = Array(repeating: 1, count: ones.count + 1)
            values = try builder.scoped("fc1") {
                try $0.pointwise(values, channels, hidden, kernel: kernel)
            }
            values = try Activation.relu.lower(values, into: &builder)
            values = try builder.scoped("fc2") {
                try $0.pointwise(values, hidden, channels, kernel: kernel)
            }
            return try Activation.sigmoid.lower(values, into: &builder)[0]
        }
        let (offsets, firstStep, stride) = try builder.alignment([x, gate])
        return [
            builder.append(
                GateOperation(x, gate: gate, offsets: offsets), shape: x.shape, firstStep: firstStep,
                stride: stride)
        ]
    }
}
