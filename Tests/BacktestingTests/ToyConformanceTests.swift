import Backtesting
import Foundation
import Learning
import Memory
import Tensors
import Testing

/// The toy of Figure 2 against numbers of the authors' code: the files `toy_fig2_*.safetensors` beside those of
/// the bottleneck.
@Suite struct ToyConformanceTests {
    /// The folder that `WEIR_GOLDEN_BOTTLENECK` names, or the fixtures of the bottleneck's own tests.
    private static let folder: URL =
        if let path = ProcessInfo.processInfo.environment["WEIR_GOLDEN_BOTTLENECK"], !path.isEmpty {
            URL(fileURLWithPath: path)
        } else {
            URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("../MemoryTests/Fixtures/bottleneck").standardizedFileURL
        }

    private static let names: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasPrefix("toy_fig2_") && $0.hasSuffix(".safetensors") }.sorted()
    }()

    private func floats(_ file: Safetensors, _ name: String) throws -> [Float] {
        try file.tensor(name).floats()
    }

    /// The tasks of a file.
    private func tasks(_ file: Safetensors, points: String, classes: String) throws -> [ToyTasks.Samples] {
        let shape = try file.tensor(points).shape
        let (x, y) = (try floats(file, points), try floats(file, classes))
        return (0..<shape[0]).map { task in
            ToyTasks.Samples(
                points: Array(x[(task * shape[1] * 2)..<((task + 1) * shape[1] * 2)]),
                classes: y[(task * shape[1])..<((task + 1) * shape[1])].map { Int($0) })
        }
    }

    @Test(
        "Values, uses and accuracies after four tasks, from the authors' keys, values and points",
        .enabled(if: !names.isEmpty, "no toy_fig2_*.safetensors among the fixtures"), arguments: names)
    func trajectory(name: String) throws {
        let file = try Safetensors(path: Self.folder.appendingPathComponent(name).path)
        let keys = try file.tensor("keys").shape
        let projection =
            file.tensors["rand_proj"] == nil
            ? Projection(chunksOf: ToyTasks.dimension)
            : Projection(
                matrix: try floats(file, "rand_proj"), dimension: ToyTasks.dimension, codebooks: keys[0],
                keyDimension: keys[2])
        var model = ToyBottleneck(
            projection: projection, keys: try floats(file, "keys"), values: try floats(file, "values_0"))
        let test = try tasks(file, points: "test_X", classes: "test_Y")
        var accuracies: [Float] = []
        for task in try tasks(file, points: "X", classes: "Y") {
            model.train(task)
            accuracies += test.map { Float($0.accuracy(of: model.predict($0.points))) }
        }
        let values = try floats(file, "values")
        let largest = zip(model.values, values).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
        #expect(model.values.count == values.count && largest < 1e-5, "\(largest)")
        #expect(model.uses == (try floats(file, "counter")).map { Int($0) })
        #expect(accuracies == (try floats(file, "acc_after_task_on_task")))
    }
}
