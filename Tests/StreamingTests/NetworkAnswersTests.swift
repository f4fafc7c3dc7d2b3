import ContinualInference
import Evaluation
import Streaming
import Testing

@Suite("Answers of a network")
struct NetworkAnswersTests {
    private func answers(_ scores: [Float], givesProbabilities: Bool) throws -> [Float] {
        var answers = NetworkAnswers(
            labels: ["a", "b", "c"], givesProbabilities: givesProbabilities,
            kept: NetworkAnswers.Kept(prequential: try PrequentialMetrics(window: 10)))
        let ranked = scores.withUnsafeBufferPointer { answers.process($0, label: nil, top: 3) }
        #expect(ranked.map(\.label) == ["b", "c", "a"])
        // Where no ranked class is wanted there is an answer still.
        let best = scores.withUnsafeBufferPointer { answers.process($0, label: nil, top: 0) }
        #expect(best.map(\.label) == ["b"])
        return ranked.map(\.confidence)
    }

    @Test("Scores become their softmax, probabilities stay what they are")
    func confidences() throws {
        let softmax = try answers([0, 2, 1], givesProbabilities: false)
        for (value, expected) in zip(softmax, [0.66524, 0.24473, 0.09003]) {
            #expect(abs(Double(value) - expected) < 1e-4)
        }
        #expect(try answers([0.1, 0.7, 0.2], givesProbabilities: true) == [0.7, 0.2, 0.1])
    }

    @Test("A network that ends with a softmax says so")
    func plans() throws {
        let scores = Sequential { Linear(4, 3) }
        let probabilities = Sequential {
            Linear(4, 3)
            Softmax()
        }
        let input = FrameShape(4)
        #expect(try !Plan(scores, input: input, weights: .random(seed: 1)).givesProbabilities)
        #expect(try Plan(probabilities, input: input, weights: .random(seed: 1)).givesProbabilities)
        let video = CoX3D(
            stem: 4, stages: [CoX3D.Stage(repetitions: 1, width: 6)], headWidth: 8, classes: 3, window: 2,
            image: 16)
        #expect(
            try Plan(video, input: FrameShape(3, [16, 16]), weights: .random(seed: 1)).givesProbabilities)
    }
}
