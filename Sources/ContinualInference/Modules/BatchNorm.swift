/// Batch normalisation as it is in evaluation: a scale and shift of each channel. Goes into the convolution
/// before it, without a pass of its own.
///
/// Weights `weight`, `bias`, `running_mean`, `running_var`, each [channels].
public struct BatchNorm: Module {
    private let channels: Int
    private let epsilon: Double
    private let isAffine: Bool

    /// - Parameter channels: the frame's channels, or all its values (position by position, channels last) for
    ///   a norm of each value.
    public init(_ channels: Int, epsilon: Double = 1e-5) {
        self.init(channels, epsilon: epsilon, isAffine: true)
    }

    init(_ channels: Int, epsilon: Double, isAffine: Bool) {
        self.channels = channels
        self.epsilon = epsilon
        self.isAffine = isAffine
    }

    /// The scale and the shift.
    func affine(_ builder: inout PlanBuilder) throws -> (scale: [Float], shift: [Float]) {
        let weight = isAffine ? try builder.parameter("weight", [channels], .range(0.7, 1.3)) : []
        let bias = isAffine ? try builder.parameter("bias", [channels], .range(-0.2, 0.2)) : []
        let mean = try builder.parameter("running_mean", [channels], .range(-0.3, 0.3), isLearned: false)
        let variance = try builder.parameter("running_var", [channels], .range(0.5, 1.5), isLearned: false)
        guard variance.allSatisfy({ $0 >= 0 }) else {
            throw ContinualError(.weights, "\(builder.name("running_var")) has negative values")
        }
        let scale = (0..<channels).map {
            (isAffine ? Double(weight[$0]) : 1) / (Double(variance[$0]) + epsilon).squareRoot()
        }
        let shift = (0..<channels).map { (isAffine ? Double(bias[$0]) : 0) - Double(mean[$0]) * scale[$0] }
        return (scale.map(Float.init), shift.map(Float.init))
    }

    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        guard input.shape.channels == channels || input.shape.count == channels else {
            throw ContinualError(
                .network, "\(builder.place): a norm of \(channels) channels gets frames of \(input.shape)")
        }
        let (scale, shift) = try affine(&builder)
        if input.shape.channels == channels, builder.fold(scale: scale, shift: shift, after: input) {
            return [input]
        }
        return [
            builder.append(
                AffineOperation(input: input, scale: scale, shift: shift), shape: input.shape, after: input)
        ]
    }
}
