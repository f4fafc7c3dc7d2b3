import Tensors

/// Multinomial logistic regression by stochastic gradient descent on running-standardised features: what most
/// online learners do, and what forgets when classes come one after another.
public struct SoftmaxRegression: Baseline {
    /// What people call it.
    public static let name = "softmax by SGD"
    private let dimension: Int
    private let learningRate: Double
    private var weights: [Double] = []
    private var classes = 0
    private var count = 0.0
    private var means: [Double]
    private var squares: [Double]

    /// Has seen nothing.
    public init(dimension: Int, learningRate: Double = 0.01) {
        self.dimension = dimension
        self.learningRate = learningRate
        means = [Double](repeating: 0, count: dimension)
        squares = [Double](repeating: 0, count: dimension)
    }

    /// Features by the mean and variance seen so far, and a one for the bias.
    private func standardised(_ vector: ArraySlice<Float>) -> [Double] {
        var result = [Double](repeating: 1, count: dimension + 1)
        for (d, value) in vector.enumerated() {
            let variance = count > 0 ? squares[d] / count : 0
            result[d] = variance > 0 ? (Double(value) - means[d]) / variance.squareRoot() : 0
        }
        return result
    }

    private func logits(_ x: [Double]) -> [Double] {
        (0..<classes).map { index in
            x.indices.reduce(0.0) { $0 + weights[index * (dimension + 1) + $1] * x[$1] }
        }
    }

    /// The class with the largest logit.
    public func predict(_ vector: ArraySlice<Float>) -> Int? {
        let logits = logits(standardised(vector))
        return logits.indices.max { logits[$0] < logits[$1] }
    }

    /// One step of gradient descent on the cross-entropy.
    public mutating func learn(_ vector: ArraySlice<Float>, classIndex: Int) {
        if classIndex >= classes {
            weights.append(contentsOf: repeatElement(0, count: (classIndex + 1 - classes) * (dimension + 1)))
            classes = classIndex + 1
        }
        count += 1
        for (d, value) in vector.enumerated() {
            let difference = Double(value) - means[d]
            means[d] += difference / count
            squares[d] += difference * (Double(value) - means[d])
        }
        let x = standardised(vector)
        let logits = logits(x)
        let largest = logits.max() ?? 0
        let powers = logits.map { exponential($0 - largest) }
        let total = powers.reduce(0, +)
        for index in 0..<classes {
            let error = powers[index] / total - (index == classIndex ? 1 : 0)
            for d in x.indices { weights[index * (dimension + 1) + d] -= learningRate * error * x[d] }
        }
    }
}
