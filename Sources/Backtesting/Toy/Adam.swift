/// The Adam optimiser (Kingma and Ba, 2015, algorithm 1) with β₁ = .9, β₂ = .999, ε = 1e-8, as PyTorch computes
/// it in single precision.
///
/// It is dense: its moments outlast the gradients that made them, so a parameter whose gradient has become zero
/// moves on for some steps. One that never had a gradient never moves.
public struct Adam: Sendable {
    /// α, the largest move of a parameter in a step, about.
    public let learningRate: Double
    private let meanDecay = 0.9
    private let squareDecay = 0.999
    private let epsilon: Float = 1e-8
    private var means: [Float]
    private var squares: [Float]
    /// β₁ and β₂ to the power of the number of steps.
    private var meanPower = 1.0
    private var squarePower = 1.0

    /// An optimiser that has made no step.
    ///
    /// - Parameter count: the number of parameters.
    public init(learningRate: Double, count: Int) {
        self.learningRate = learningRate
        means = [Float](repeating: 0, count: count)
        squares = [Float](repeating: 0, count: count)
    }

    /// Moves the parameters against a gradient.
    ///
    /// - Parameters:
    ///   - parameters: moved in place.
    ///   - gradient: of the loss, one number for each parameter.
    public mutating func step(_ parameters: inout [Float], gradient: [Float]) {
        precondition(parameters.count == means.count && gradient.count == means.count)
        meanPower *= meanDecay
        squarePower *= squareDecay
        let size = Float(learningRate / (1 - meanPower))
        let correction = Float((1 - squarePower).squareRoot())
        let (meanShare, squareKept) = (Float(1 - meanDecay), Float(squareDecay))
        let squareShare = Float(1 - squareDecay)
        for index in gradient.indices {
            let slope = gradient[index]
            means[index] += (slope - means[index]) * meanShare
            squares[index] = squares[index] * squareKept + slope * slope * squareShare
            parameters[index] -= size * means[index] / (squares[index].squareRoot() / correction + epsilon)
        }
    }
}
