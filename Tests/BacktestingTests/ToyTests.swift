import Backtesting
import Foundation
import Learning
import Tensors
import Testing

#if canImport(FoundationXML)
import FoundationXML
#endif

/// The toy of Figure 2.
@Suite struct ToyTests {
    @Test("Each task has its two classes, about their middles, and no point of another")
    func tasks() {
        let tasks = ToyTasks(seed: 3)
        for (number, classes) in ToyTasks.classesOfTask.enumerated() {
            for (samples, count) in [(tasks.training[number], 100), (tasks.test[number], 500)] {
                #expect(samples.classes.count == count && samples.points.count == 2 * count)
                #expect(Set(samples.classes) == Set(classes))
                for classIndex in classes {
                    let rows = samples.classes.indices.filter { samples.classes[$0] == classIndex }
                    let x = rows.reduce(0.0) { $0 + Double(samples.points[2 * $1]) } / Double(rows.count)
                    let y = rows.reduce(0.0) { $0 + Double(samples.points[2 * $1 + 1]) } / Double(rows.count)
                    let centre = ToyTasks.centres[classIndex]
                    // Five standard errors of the mean of a tenth of the points.
                    let bound = 5 * ToyTasks.deviation / (Double(count) / 10).squareRoot()
                    #expect(abs(x - centre.x) < bound && abs(y - centre.y) < bound, "class \(classIndex)")
                }
            }
        }
        #expect(tasks.training == ToyTasks(seed: 3).training)
        #expect(tasks.training != ToyTasks(seed: 4).training)
    }

    @Test(
        "Adam: a first step of the learning rate, moments that outlast the gradient, none that never had one")
    func adam() {
        var optimiser = Adam(learningRate: 0.1, count: 3)
        var parameters: [Float] = [1, 1, 1]
        optimiser.step(&parameters, gradient: [5, -0.01, 0])
        #expect(abs(parameters[0] - 0.9) < 1e-6 && abs(parameters[1] - 1.1) < 1e-6 && parameters[2] == 1)
        let before = parameters
        optimiser.step(&parameters, gradient: [0, 0, 0])
        // m = .09 g / (1 - .81), v = .000999 g² / (1 - .998001), in exact arithmetic.
        let move = 0.1 * (0.09 / 0.19) / (0.000999 / 0.001999).squareRoot()
        #expect(abs(Double(before[0] - parameters[0]) - move) < 1e-6)
        #expect(abs(Double(parameters[1] - before[1]) - move) < 1e-5 && parameters[2] == 1)
    }

    @Test("The networks' gradient is that of finite differences")
    func gradient() throws {
        let samples = ToyTasks(seed: 5).training[1]
        func loss(_ network: ToyNetwork) -> Double {
            let logits = network.activations(samples.points).last ?? []
            return samples.classes.enumerated().reduce(0.0) { sum, sample in
                let row = logits[
                    (sample.offset * ToyTasks.classes)..<((sample.offset + 1) * ToyTasks.classes)]
                let total = row.reduce(0.0) { $0 + exponential(Double($1)) }
                return sum + logarithm(total) - Double(row[row.startIndex + sample.element])
            } / Double(samples.classes.count)
        }
        for network in [ToyNetwork.linear(seed: 6), ToyNetwork.perceptron(seed: 6)] {
            let gradient = network.gradient(samples)
            #expect(gradient.count == network.parameters.count)
            for index in gradient.indices {
                var (up, down) = (network, network)
                up.parameters[index] += 0.01
                down.parameters[index] -= 0.01
                let slope = (loss(up) - loss(down)) / 0.02
                #expect(abs(Double(gradient[index]) - slope) < 1e-3, "\(network.name), parameter \(index)")
            }
        }
    }

    @Test(
        "The bottlenecks keep all tasks, linear layer and MLP lose what they knew",
        arguments: [1, 2] as [UInt64])
    func claim(seed: UInt64) throws {
        let tasks = ToyTasks(seed: seed)
        let runs = try ToyRun.models(seed: seed).map { try ToyRun($0, tasks: tasks) }
        #expect(runs.map(\.name) == ["bottleneck 1 x 400", "bottleneck 20 x 20", "linear layer", "MLP"])
        for run in runs {
            let rows = run.accuracies.rows
            for task in rows.indices {
                #expect(rows[task][task] >= 0.95, "\(run.name) learns task \(task + 1): \(rows)")
                // A class that never came is never answered.
                #expect(rows[task][(task + 1)...].allSatisfy { $0 < 0.05 }, "\(run.name): \(rows)")
            }
            if run.name.hasPrefix("bottleneck") {
                #expect(rows[3].allSatisfy { $0 >= 0.95 }, "\(run.name): \(rows)")
            } else {
                #expect(rows[3][0] < 0.5, "\(run.name): \(rows)")
            }
        }
    }

    @Test("The same seed gives the same figure, whole and small; its blocks are the map")
    func figure() throws {
        func runs(_ seed: UInt64) throws -> (runs: [ToyRun], svg: String) {
            let tasks = ToyTasks(seed: seed)
            let runs = try ToyRun.models(seed: seed).map { try ToyRun($0, tasks: tasks) }
            return (runs, ToyFigure(runs, tasks: tasks, seed: seed).svg)
        }
        let first = try runs(7)
        #expect(try runs(7).svg == first.svg)
        #expect(first.svg.utf8.count < 400_000, "\(first.svg.utf8.count) bytes")
        #expect(first.svg.components(separatedBy: "class=\"frame\"").count == 17)
        let parser = XMLParser(data: Data(first.svg.utf8))
        #expect(parser.parse(), "\(String(describing: parser.parserError))")

        for map in first.runs.flatMap(\.maps) {
            var painted = [Int?](repeating: nil, count: DecisionMap.side * DecisionMap.side)
            for block in map.blocks {
                for y in block.y..<(block.y + block.height) {
                    for x in block.x..<(block.x + block.width) {
                        let place = y * DecisionMap.side + x
                        #expect(painted[place] == nil, "twice at \(x), \(y)")
                        painted[place] = block.classIndex
                    }
                }
            }
            #expect(painted == map.classes)
        }
    }
}
