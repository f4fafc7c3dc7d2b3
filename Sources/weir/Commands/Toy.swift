import Arguments
import Backtesting
import Foundation
import Learning
import Streaming

struct Toy: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw the paper's Figure 2: eight classes in the plane, two at a time.",
        discussion: """
            Two bottlenecks, a linear layer and an MLP learn four tasks of two classes,
            one after the other, and see no sample of an earlier task again (Träuble et
            al., ICML 2023). The tables say what each knows of each task after each; the
            picture shows what it answers all over the square.

              weir toy
              weir toy --seed 7 --out toy.svg --json
            """)

    @Option(help: "The seed of points, keys and weights.") var seed: UInt64 = 1
    @Option(help: ArgumentHelp("The picture's file; one that exists is replaced.", valueName: "file"))
    var out = "figure2.svg"
    @Flag(help: "Print JSON, one object a model.") var json = false

    func run() throws {
        // Found out before the work, not after it.
        let folder = URL(fileURLWithPath: out).deletingLastPathComponent().path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue
        else {
            throw StreamError(
                "the folder \(folder) for --out \(out) does not exist; make it, or name another file")
        }
        if FileManager.default.fileExists(atPath: out, isDirectory: &isFolder), isFolder.boolValue {
            throw StreamError("--out \(out) is a folder; name a file in it")
        }

        let showsProgress = Terminal.isInteractive && !json
        let tasks = ToyTasks(seed: seed)
        let models = ToyRun.models(seed: seed)
        let runs = try models.map { model in
            try ToyRun(model, tasks: tasks) { task in
                if showsProgress {
                    Terminal.draw("\(model.name): task \(task) of \(tasks.training.count)")
                }
            }
        }
        if showsProgress { Terminal.draw("") }
        let svg = ToyFigure(runs, tasks: tasks, seed: seed).svg
        do {
            try svg.write(toFile: out, atomically: true, encoding: .utf8)
        } catch {
            throw StreamError("--out \(out) cannot be written: \(error.localizedDescription)")
        }
        if json {
            for run in runs { try printJSON(run) }
        } else {
            for run in runs { try printTable(run) }
            try Terminal.line("The decision maps are in \(out).")
        }
    }

    private func printTable(_ run: ToyRun) throws {
        try Terminal.line("\(Terminal.bold("\(run.name)")), \(run.summary)")
        let rows = run.accuracies.rows
        try Terminal.table(
            ["after task"] + rows.indices.map { "task \($0 + 1)" } + ["mean of learned"],
            rows.enumerated().map { task, row in
                let learned = row[...task].reduce(0, +) / Double(task + 1)
                return ["\(task + 1)"] + row.map { Terminal.fixed($0, 3) } + [Terminal.fixed(learned, 3)]
            })
        try Terminal.line()
    }

    private func printJSON(_ run: ToyRun) throws {
        var object: [String: Any] = [
            "model": run.name, "seed": seed, "figure": out,
            "accuracy_after_task_on_task": run.accuracies.rows,
            "average_accuracy": run.accuracies.averageAccuracy,
        ]
        object["forgetting_chaudhry2018"] = run.accuracies.forgettingChaudhry2018.number
        try Terminal.json(object)
    }
}
