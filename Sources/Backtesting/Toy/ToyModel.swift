import Tensors

/// What can learn the toy's tasks one after another.
public protocol ToyModel: Sendable {
    /// What people call it.
    var name: String { get }
    /// How it is made and trained, in a few words.
    var summary: String { get }
    /// Learns a task. What it knows of earlier ones is all it has of them.
    mutating func train(_ samples: ToyTasks.Samples)
    /// The class of each point.
    ///
    /// - Parameter points: [rows][2].
    func predict(_ points: [Float]) -> [Int]
}

/// Rows of logits.
enum Logits {
    /// The gradient of the mean cross-entropy with respect to the logits: (softmax - one-hot) / rows.
    ///
    /// - Parameters:
    ///   - logits: [rows][V].
    ///   - classes: [rows], the right class of each.
    static func crossEntropyGradient(_ logits: [Float], classes: [Int]) -> [Float] {
        let width = logits.count / classes.count
        var gradient = logits
        for (row, classIndex) in classes.enumerated() {
            let base = row * width
            var largest = logits[base]
            for index in 1..<width { largest = max(largest, logits[base + index]) }
            var total: Float = 0
            for index in 0..<width {
                let power = Float(exponential(Double(logits[base + index] - largest)))
                gradient[base + index] = power
                total += power
            }
            for index in 0..<width {
                let error = gradient[base + index] / total - (index == classIndex ? 1 : 0)
                gradient[base + index] = error / Float(classes.count)
            }
        }
        return gradient
    }

    /// The place of the largest logit of each row; of equal ones, the first.
    static func largest(_ logits: [Float], width: Int) -> [Int] {
        stride(from: 0, to: logits.count, by: width).map { base in
            var best = 0
            for index in 1..<width where logits[base + index] > logits[base + best] { best = index }
            return best
        }
    }
}
