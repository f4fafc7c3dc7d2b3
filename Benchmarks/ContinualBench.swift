import Arguments
import ContinualInference
import Foundation

/// Continual networks alone, one session and one thread, in turn with the library that introduced them.
struct ContinualBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "continual",
        abstract: "Milliseconds a step of continual networks, in turn with continual-inference on PyTorch.",
        discussion: """
            Weights and frames are random. Weir and the peer run a slice of each case in turn, several times; \
            the figures are medians over all steps, and for networks that answer every few steps the median of \
            the mean step. "clip" is the network over the whole clip that gives one answer, layer by layer, in \
            Weir itself; "clip/step" says what stepping saves, "of FLOPs" which part of the saved operations \
            that is.
            """)

    @Option(help: "Names of cases with commas between; all if left out.") var cases: String?
    @Option(help: "Slices of each case.") var slices = 3
    @Option(help: "Seconds of one slice.") var seconds = 1.0
    @Option(help: "Python with the peer's packages; without it Weir runs alone.") var python: String?
    @Option(help: "The peer's program.") var peer = "scripts/peers/continual_peer.py"
    @Flag(help: "Print JSON, a list of figures.") var json = false

    /// One line of the table.
    struct Figure: Codable {
        let name: String
        /// Sessions stepped together; times are for one of them.
        let sessions: Int
        let stepMilliseconds: Double
        let peerStepMilliseconds: Double?
        let ratio: Double?
        let clipMilliseconds: Double?
        let peerClipMilliseconds: Double?
        /// Multiply-adds of a clip over those of a step.
        let operationsSaved: Double?
        let stateBytes: Int
        let peerStateBytes: Int?
    }

    func run() throws {
        let known = ContinualCase.all
        let names = cases?.split(separator: ",").map(String.init) ?? known.map(\.name)
        for name in names where !known.contains(where: { $0.name == name }) {
            throw ValidationError(
                "there is no case \(name); there are \(known.map(\.name).joined(separator: ", "))")
        }
        let peer = try python.map { try ContinualPeer(python: $0, program: self.peer, seconds: seconds) }
        var figures: [Figure] = []
        if !json {
            try StandardOutput.line(
                "case           sessions   step ms   peer ms   peer/Weir    clip ms  clip/step  of FLOPs   state MB   peer MB"
            )
        }
        for item in known where names.contains(item.name) {
            let running = try item.start()
            var (steps, clips) = ([Double](), [Double]())
            var peerFigures: [ContinualPeer.Figure] = []
            for _ in 0..<max(1, slices) {
                if let peer { peerFigures.append(try peer.slice(item.name)) }
                steps += try running.steps(seconds: seconds)
                clips += try running.clips(seconds: seconds / 2)
            }
            let theirs = peerFigures.map { item.cycle == 1 ? $0.step_ms_median : $0.step_ms_mean }.median
            let step = steps.median ?? 0
            let figure = Figure(
                name: item.name, sessions: 1, stepMilliseconds: step, peerStepMilliseconds: theirs,
                ratio: theirs.map { $0 / step }, clipMilliseconds: clips.median,
                peerClipMilliseconds: peerFigures.map(\.clip_ms_median).median,
                operationsSaved: running.operationsSaved, stateBytes: running.plan.stateBytes,
                peerStateBytes: peerFigures.first?.state_bytes)
            figures.append(figure)
            if !json { try show(figure) }
            for sessions in item.batches {
                let times = try running.batches(of: sessions, seconds: seconds * Double(max(1, slices)))
                let each = (times.median ?? 0) / Double(sessions)
                let batched = Figure(
                    name: item.name, sessions: sessions, stepMilliseconds: each, peerStepMilliseconds: theirs,
                    ratio: theirs.map { $0 / each }, clipMilliseconds: nil, peerClipMilliseconds: nil,
                    operationsSaved: nil, stateBytes: running.plan.stateBytes,
                    peerStateBytes: peerFigures.first?.state_bytes)
                figures.append(batched)
                if !json { try show(batched) }
            }
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try StandardOutput.line(String(decoding: try encoder.encode(figures), as: UTF8.self))
        }
    }

    private func show(_ figure: Figure) throws {
        func number(_ value: Double?, _ format: String, _ width: Int) -> String {
            let text = value.map { String(format: format, $0) } ?? "-"
            return String(repeating: " ", count: max(0, width - text.count)) + text
        }
        let saved = figure.clipMilliseconds.map { $0 / figure.stepMilliseconds }
        let part = saved.flatMap { saved in figure.operationsSaved.map { 100 * saved / $0 } }
        try StandardOutput.line(
            figure.name.padding(toLength: 14, withPad: " ", startingAt: 0)
                + number(Double(figure.sessions), "%.0f", 9) + number(figure.stepMilliseconds, "%.4f", 10)
                + number(figure.peerStepMilliseconds, "%.3f", 10) + number(figure.ratio, "%.1f", 12)
                + number(figure.clipMilliseconds, "%.3f", 11) + number(saved, "%.1f", 11)
                + number(part, "%.0f %%", 10)
                + number(Double(figure.stateBytes) / 1e6, "%.2f", 11)
                + number(figure.peerStateBytes.map { Double($0) / 1e6 }, "%.2f", 10))
        fflush(nil)
    }
}

extension [Double] {
    /// The middle value.
    var median: Double? { isEmpty ? nil : sorted()[count / 2] }
}
