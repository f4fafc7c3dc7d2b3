import Tensors

/// A fully connected network from the plane to the toy's classes, trained by Adam on whole batches: what the
/// bottleneck is compared with in Figure 2.
public struct ToyNetwork: ToyModel {
    /// The steps that a task is trained.
    public static let steps = 1_000

    /// What people call it.
    public let name: String
    private let widths: [Int]
    private let learningRate: Double
    /// For each layer its weights, [outputs][inputs], then its biases, [outputs].
    package var parameters: [Float] = []

    /// The linear layer, 2-8, at a learning rate of .01.
    public static func linear(seed: UInt64) -> ToyNetwork {
        ToyNetwork(
            name: "linear layer", widths: [ToyTasks.dimension, ToyTasks.classes], learningRate: 1e-2,
            seed: seed)
    }

    /// The perceptron with a hidden layer of 32 rectified units, 2-32-8, at a learning rate of .001.
    public static func perceptron(seed: UInt64) -> ToyNetwork {
        ToyNetwork(
            name: "MLP", widths: [ToyTasks.dimension, 32, ToyTasks.classes], learningRate: 1e-3, seed: seed)
    }

    /// Weights and biases start uniform within the inverse square root of the number of inputs, as in PyTorch.
    private init(name: String, widths: [Int], learningRate: Double, seed: UInt64) {
        self.name = name
        self.widths = widths
        self.learningRate = learningRate
        var random = RandomGenerator(seed: seed)
        for (inputs, outputs) in zip(widths, widths.dropFirst()) {
            let bound = 1 / Double(inputs).squareRoot()
            for _ in 0..<(outputs * (inputs + 1)) {
                parameters.append(Float(bound * (2 * random.uniform() - 1)))
            }
        }
    }

    /// How it is made and trained.
    public var summary: String {
        "\(widths.map(String.init).joined(separator: "-")), Adam anew for each task"
    }

    /// The outputs of all layers: the points themselves first, the logits last.
    package func activations(_ points: [Float]) -> [[Float]] {
        let rows = points.count / ToyTasks.dimension
        var all = [points]
        var base = 0
        for layer in 1..<widths.count {
            let (inputs, outputs) = (widths[layer - 1], widths[layer])
            let input = all[layer - 1]
            var output = [Float](repeating: 0, count: rows * outputs)
            for row in 0..<rows {
                for unit in 0..<outputs {
                    var sum = parameters[base + inputs * outputs + unit]
                    for index in 0..<inputs {
                        sum += parameters[base + unit * inputs + index] * input[row * inputs + index]
                    }
                    output[row * outputs + unit] = layer + 1 < widths.count ? max(sum, 0) : sum
                }
            }
            all.append(output)
            base += outputs * (inputs + 1)
        }
        return all
    }

    /// The gradient of the mean cross-entropy, by back-propagation.
    package func gradient(_ samples: ToyTasks.Samples) -> [Float] {
        let all = activations(samples.points)
        var errors = Logits.crossEntropyGradient(all[all.count - 1], classes: samples.classes)
        var gradient = [Float](repeating: 0, count: parameters.count)
        var base = parameters.count
        for layer in stride(from: widths.count - 1, to: 0, by: -1) {
            let (inputs, outputs) = (widths[layer - 1], widths[layer])
            base -= outputs * (inputs + 1)
            let input = all[layer - 1]
            var inputErrors = [Float](repeating: 0, count: input.count)
            for row in samples.classes.indices {
                for unit in 0..<outputs {
                    let error = errors[row * outputs + unit]
                    gradient[base + inputs * outputs + unit] += error
                    for index in 0..<inputs {
                        let weight = base + unit * inputs + index
                        gradient[weight] += error * input[row * inputs + index]
                        // A unit that is off passes no error on; the points need none either way.
                        if input[row * inputs + index] > 0 {
                            inputErrors[row * inputs + index] += error * parameters[weight]
                        }
                    }
                }
            }
            errors = inputErrors
        }
        return gradient
    }

    /// Learns a task by 1000 steps on all its points.
    public mutating func train(_ samples: ToyTasks.Samples) {
        var optimiser = Adam(learningRate: learningRate, count: parameters.count)
        for _ in 0..<Self.steps { optimiser.step(&parameters, gradient: gradient(samples)) }
    }

    /// The class with the largest logit.
    public func predict(_ points: [Float]) -> [Int] {
        Logits.largest(activations(points)[widths.count - 1], width: ToyTasks.classes)
    }
}
