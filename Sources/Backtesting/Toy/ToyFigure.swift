import Foundation

/// Figure 2 as one picture: a row for each model, a column for each task, in each the decision map after that
/// task with the training points over it and the accuracies under it.
public struct ToyFigure: Sendable {
    private static let panel = 180.0
    private static let gap = 22.0
    private static let margin = 28.0
    private static let head = 150.0
    /// From the top of one row of panels to that of the next.
    private static let pitch = 262.0

    /// Fills that stay apart for colour-blind eyes, made for areas under text (Paul Tol's "light", and a
    /// violet for the eighth), and the points over them, of the same hue and dark enough to be seen on every fill.
    private static let palette: [(area: String, point: String)] = [
        ("77aadd", "10457c"), ("ee8866", "8a2f10"), ("eedd88", "6f5a00"), ("ffaabb", "a01840"),
        ("99ddff", "00668f"), ("44bb99", "00543f"), ("bbcc33", "4d5700"), ("9787b5", "33264f"),
    ]

    private let runs: [ToyRun]
    private let tasks: ToyTasks
    private let seed: UInt64

    /// A figure of these runs.
    ///
    /// - Parameters:
    ///   - tasks: what they learned.
    ///   - seed: named under the title.
    public init(_ runs: [ToyRun], tasks: ToyTasks, seed: UInt64) {
        self.runs = runs
        self.tasks = tasks
        self.seed = seed
    }

    /// The picture, an SVG 1.1 file without scripts, fonts or anything else from outside.
    public var svg: String {
        let columns = Double(tasks.training.count)
        let width = 2 * Self.margin + columns * Self.panel + (columns - 1) * Self.gap
        let height = Self.head + Double(runs.count) * Self.pitch - 16
        var text = """
            <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" \
            width="\(number(width))" height="\(number(height))" \
            viewBox="0 0 \(number(width)) \(number(height))" role="img">
            <title>Four tasks, one after the other</title>
            <desc>Decision maps of \(runs.map { escaped($0.name) }.joined(separator: ", ")) after each of \
            \(tasks.training.count) tasks of two classes.</desc>
            \(style)
            \(definitions)
            <rect class="page" width="100%" height="100%"/>
            <text class="title" x="\(number(Self.margin))" y="38">Four tasks, one after the other</text>
            <text class="quiet" x="\(number(Self.margin))" y="60">What each model answers all over the unit \
            square after each task of two classes, and its accuracy on each task.</text>
            <text class="quiet" x="\(number(Self.margin))" y="77">Full points have been learned, hollow ones \
            come later; a red accuracy is that of a task that was learned and lost. Seed \(seed).</text>

            """
        text += legend
        for (row, run) in runs.enumerated() {
            let top = Self.head + Double(row) * Self.pitch
            text += """
                <text class="name" x="\(number(Self.margin))" y="\(number(top - 10))">\(escaped(run.name))\
                <tspan class="quiet" dx="10">\(escaped(run.summary))</tspan></text>

                """
            for task in run.maps.indices {
                let left = Self.margin + Double(task) * (Self.panel + Self.gap)
                text += panel(run, after: task, left: left, top: top)
            }
        }
        return text + "</svg>\n"
    }

    private var style: String {
        """
        <style>
        text{font-family:system-ui,"Segoe UI",Helvetica,Arial,"DejaVu Sans",sans-serif;font-size:13px;fill:#1b1f24}
        .page{fill:#fff}
        .title{font-size:20px;font-weight:600}
        .name{font-size:15px;font-weight:600}
        .quiet{font-size:12px;font-weight:400;fill:#59636e}
        .lost{font-weight:700;fill:#b3261e}
        .frame{fill:none;stroke:#59636e}
        .map{shape-rendering:crispEdges}
        .new{fill:#fff;fill-opacity:.55;stroke-width:.5}
        .side{text-anchor:end}
        .kept,.lost{font-size:12px}
        .mark,.digit{font-size:12px;font-weight:700;text-anchor:middle;fill:#111}
        .digit{font-size:7px;stroke:#fff;stroke-opacity:.5;stroke-width:1.4;paint-order:stroke}
        \(Self.palette.enumerated().map { index, colour in
            ".a\(index){fill:#\(colour.area)}.p\(index){fill:#\(colour.point)}.n\(index){stroke:#\(colour.point)}"
        }.joined(separator: "\n"))
        @media (prefers-color-scheme:dark){
        .page{fill:#14181d}
        text{fill:#e6e9ed}
        .quiet{fill:#a3adb8}
        .lost{fill:#ff8a80}
        .frame{stroke:#8b96a2}
        .mark,.digit{fill:#111}
        }
        </style>
        """
    }

    /// The training points of each class, drawn in every panel from one place.
    private var definitions: String {
        var text = "<defs>\n"
        for samples in tasks.training {
            for classIndex in Set(samples.classes).sorted() {
                text += "<g id=\"c\(classIndex)\">"
                for row in samples.classes.indices where samples.classes[row] == classIndex {
                    let x = Double(samples.points[2 * row]) * Double(DecisionMap.side)
                    let y = (1 - Double(samples.points[2 * row + 1])) * Double(DecisionMap.side)
                    text += "<circle cx=\"\(number(x))\" cy=\"\(number(y))\" r=\".8\"/>"
                }
                text += "</g>\n"
            }
        }
        return text + "</defs>"
    }

    /// The classes of each task over its column, and what full and hollow points mean.
    private var legend: String {
        var text = ""
        for (task, classes) in ToyTasks.classesOfTask.enumerated() {
            let left = Self.margin + Double(task) * (Self.panel + Self.gap)
            text += "<text x=\"\(number(left))\" y=\"110\">after task \(task + 1)</text>"
            text +=
                "<text class=\"quiet side\" x=\"\(number(left + Self.panel - 44))\" y=\"110\">classes</text>\n"
            for (place, classIndex) in classes.enumerated() {
                let x = left + Self.panel - 36 + 20 * Double(place)
                text += """
                    <rect class="a\(classIndex)" x="\(number(x))" y="98" width="16" height="16" rx="3"/>\
                    <text class="mark" x="\(number(x + 8))" y="110">\(classIndex)</text>

                    """
            }
        }
        return text
    }

    private func panel(_ run: ToyRun, after task: Int, left: Double, top: Double) -> String {
        let scale = Self.panel / Double(DecisionMap.side)
        var text =
            "<g transform=\"translate(\(number(left)) \(number(top))) scale(\(number(scale)))\">\n<g class=\"map\">"
        let blocks = Dictionary(grouping: run.maps[task].blocks, by: \.classIndex)
        for (classIndex, blocks) in blocks.sorted(by: { $0.key < $1.key }) {
            let path = blocks.map { block in
                let y = DecisionMap.side - block.y - block.height
                return "M\(block.x) \(y)h\(block.width)v\(block.height)h-\(block.width)z"
            }
            text += "<path class=\"a\(classIndex)\" d=\"\(path.joined())\"/>"
        }
        text += "</g>\n"
        for (number, classes) in ToyTasks.classesOfTask.enumerated() {
            for classIndex in classes {
                let look = number <= task ? "p\(classIndex)" : "new n\(classIndex)"
                text += "<use xlink:href=\"#c\(classIndex)\" class=\"\(look)\"/>"
            }
        }
        text += "\n"
        for (classIndex, centre) in ToyTasks.centres.enumerated() {
            let x = (centre.x + 0.09) * Double(DecisionMap.side)
            let y = (1 - centre.y - 0.06) * Double(DecisionMap.side)
            text += "<text class=\"digit\" x=\"\(number(x))\" y=\"\(number(y))\">\(classIndex)</text>"
        }
        text += "</g>\n"
        text += """
            <rect class="frame" x="\(number(left))" y="\(number(top))" width="\(number(Self.panel))" \
            height="\(number(Self.panel))"/>

            """
        for (asked, accuracy) in run.accuracies.rows[task].enumerated() {
            let x = left + Self.panel / Double(tasks.test.count) * Double(asked)
            // A task that has been learned and is answered worse than by a coin is lost.
            let look = asked > task ? "quiet" : accuracy < 0.5 ? "lost" : "kept"
            text += """
                <text class="quiet" x="\(number(x))" y="\(number(top + Self.panel + 15))">task \(asked + 1)</text>\
                <text class="\(look)" x="\(number(x))" y="\(number(top + Self.panel + 32))">\
                \(String(format: "%.3f", accuracy))</text>

                """
        }
        return text
    }

    /// A coordinate to a hundredth, as short as can be.
    private func number(_ value: Double) -> String {
        let text = String(format: "%.2f", value)
        let trimmed =
            text.hasSuffix(".00") ? text.dropLast(3) : text.hasSuffix("0") ? text.dropLast(1) : text[...]
        return String(trimmed)
    }

    private func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
    }
}
