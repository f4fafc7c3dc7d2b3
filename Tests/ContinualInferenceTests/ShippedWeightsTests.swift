import ContinualInference
import Foundation
import Tensors
import Testing

/// The weights that ship with the program against what PyTorch answers with them.
@Suite struct ShippedWeightsTests {
    private let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Sources/weir/Resources/digits-rows.safetensors").path

    @Test func digitsByRowsAnswerAsInPyTorch() throws {
        let model = try LoadedModel(path: path)
        #expect(model.labels == (0...9).map(String.init))
        let expected = try Safetensors(
            path: Bundle.module.bundleURL.appendingPathComponent("Models/digits-rows-expected.safetensors")
                .path)
        let input = try expected.tensor("input")
        let logits = try expected.tensor("logits").floats()
        let rows = input.floats()
        let workspace = Workspace(plan: model.plan)
        for image in 0..<input.shape[0] {
            var state = model.plan.makeState()
            for row in 0..<8 {
                let at = image * 8 + row
                let output = try #require(try workspace.step(Array(rows[(at * 8)..<(at * 8 + 8)]), &state))
                #expect(output.count == 10)
                for (a, b) in zip(output, logits[(at * 10)..<(at * 10 + 10)]) { #expect(abs(a - b) < 1e-5) }
            }
        }
    }

    /// The last layer of the features is the answer.
    @Test func withoutItsHeadTheNetworkGivesFeatures() throws {
        let whole = try LoadedModel(path: path)
        let features = try LoadedModel(path: path, withoutHead: true)
        let file = try Safetensors(path: path)
        let weight = try file.tensor("head.weight").floats()
        let bias = try file.tensor("head.bias").floats()
        let (one, other) = (Workspace(plan: whole.plan), Workspace(plan: features.plan))
        var (a, b) = (whole.plan.makeState(), features.plan.makeState())
        var generator = RandomGenerator(seed: 12)
        for _ in 0..<8 {
            let frame = (0..<8).map { _ in Float(generator.below(17)) }
            let answer = try #require(try one.step(frame, &a))
            let vector = try #require(try other.step(frame, &b))
            for label in 0..<10 {
                let sum = vector.indices.reduce(bias[label]) {
                    $0 + weight[label * vector.count + $1] * vector[$1]
                }
                #expect(abs(sum - answer[label]) < 1e-4)
            }
        }
    }
}
