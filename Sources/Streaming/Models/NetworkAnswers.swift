import Evaluation
import Foundation
import Messages
import Tensors

/// The class scores of a network as answers, and how good they were.
package struct NetworkAnswers: Sendable {
    /// What a snapshot keeps.
    package struct Kept: Codable, Sendable {
        package var prequential: PrequentialMetrics
        package var samples = 0
        package var labelled = 0

        package init(prequential: PrequentialMetrics) { self.prequential = prequential }
    }

    /// The class names, in the order of the outputs.
    let labels: [String]
    private(set) var kept: Kept
    private let indices: [String: Int]
    private let givesProbabilities: Bool

    /// Answers over these classes.
    ///
    /// - Parameter givesProbabilities: whether the network ends with a softmax; a second one would make all
    ///   classes look alike.
    package init(labels: [String], givesProbabilities: Bool, kept: Kept) {
        self.labels = labels
        self.givesProbabilities = givesProbabilities
        self.kept = kept
        indices = Dictionary(zip(labels, labels.indices)) { first, _ in first }
    }

    /// Answers one frame and notes whether the answer was right.
    ///
    /// - Parameters:
    ///   - scores: the network's outputs, as many as there are classes.
    ///   - label: the true class, if it is known.
    ///   - top: how many classes are wanted.
    /// - Returns: the likeliest classes, best first; their confidences are the scores where the network gives
    ///   probabilities, else the softmax of them.
    package mutating func process(
        _ scores: UnsafeBufferPointer<Float>, label: String?, top: Int
    ) -> [LabelScore] {
        // The best one is scored even where none is wanted.
        let ranked = ranked(scores, top: max(top, 1))
        kept.samples += 1
        if let label {
            kept.labelled += 1
            // A label that the network has no output for is a class beside all others: never answered.
            kept.prequential.record(actual: indices[label] ?? labels.count, predicted: ranked.first?.index)
        }
        return ranked.map { LabelScore(label: labels[$0.index], confidence: $0.probability) }
    }

    /// The best classes; of equal ones the first.
    private func ranked(
        _ scores: UnsafeBufferPointer<Float>, top: Int
    ) -> [(index: Int, probability: Float)] {
        guard !givesProbabilities else {
            return topIndices(scores, limit: top).map { ($0, scores[$0]) }
        }
        guard let best = scores.max() else { return [] }
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: scores.count) { room in
            var sum: Float = 0
            for (index, score) in scores.enumerated() {
                let part = exp(score - best)
                room[index] = part
                sum += part
            }
            for index in room.indices { room[index] /= sum }
            let probabilities = UnsafeBufferPointer(room)
            return topIndices(probabilities, limit: top).map { ($0, probabilities[$0]) }
        }
    }
}
