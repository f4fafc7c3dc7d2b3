import Evaluation
import Memory

/// A model through the four tasks of Figure 2: what it knows after each.
public struct ToyRun: Sendable {
    /// What people call the model.
    public let name: String
    /// How it is made and trained.
    public let summary: String
    /// R[i][j], the accuracy on the test points of task j after task i.
    public let accuracies: AccuracyMatrix
    /// What it answers all over the square, after each task.
    public let maps: [DecisionMap]

    /// The models of the figure, untrained.
    public static func models(seed: UInt64) -> [any ToyModel] {
        // Streams of their own, or the noise of one part would be that of another.
        func part(_ number: UInt64) -> UInt64 { seed &* 1_000_003 &+ number }
        let projection = Projection(
            dimension: ToyTasks.dimension, codebooks: 20, keyDimension: 2, seed: part(1))
        return [
            ToyBottleneck(projection: Projection(chunksOf: ToyTasks.dimension), keys: 400, seed: part(2)),
            ToyBottleneck(projection: projection, keys: 20, seed: part(3)),
            ToyNetwork.linear(seed: part(4)),
            ToyNetwork.perceptron(seed: part(5)),
        ]
    }

    /// Trains a model on one task after the other and asks about all tasks after each.
    ///
    /// - Parameter progress: called after each task with the number of those done.
    /// - Throws: `EvaluationError` when there is no task.
    public init(
        _ model: some ToyModel, tasks: ToyTasks, progress: (Int) -> Void = { _ in }
    ) throws(EvaluationError) {
        var model = model
        var rows: [[Double]] = []
        var maps: [DecisionMap] = []
        for (index, task) in tasks.training.enumerated() {
            model.train(task)
            rows.append(tasks.test.map { $0.accuracy(of: model.predict($0.points)) })
            maps.append(DecisionMap(of: model))
            progress(index + 1)
        }
        name = model.name
        summary = model.summary
        accuracies = try AccuracyMatrix(rows)
        self.maps = maps
    }
}
