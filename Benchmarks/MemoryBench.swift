import Arguments
import Foundation
import Memory

/// The memory alone, beside what a user would otherwise run.
struct MemoryBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory",
        abstract: "Milliseconds a call of the memory, in turn with a peer in PyTorch; one thread each.",
        discussion: """
            Case L is 256 codebooks x 4096 keys x 14 dimensions, S is 64 x 512 x 8; 10 classes, random queries. \
            "forward" finds the codes and the scores, "step" finds the codes and learns. Medians of 200 calls, \
            or of as many as fit the time. The peer learns by gradient descent, so its column is the same beside \
            either readout.
            """)

    @Option(help: "Seconds at most for each figure.") var seconds = 5.0
    @Option(help: "Python with torch, for the peer; without it Weir runs alone.") var python: String?
    @Option(help: "The peer's program.") var peer = "scripts/peers/torch_bottleneck.py"
    @Flag(help: "Print JSON, an object with a list of figures.") var json = false

    /// One line of the table.
    struct Figure: Codable {
        let size: String
        let batch: Int
        let call: String
        let readout: String
        let milliseconds: Double
        let peerMilliseconds: Double?
        let ratio: Double?
        /// Resident memory of this process after the calls.
        let residentMebibytes: Double
    }

    struct Report: Codable {
        let figures: [Figure]
        /// The median of predicting and learning one sample by class means alone.
        let classMeansMicroseconds: Double
    }

    func run() throws {
        var figures: [Figure] = []
        if !json {
            try StandardOutput.line(
                "size  batch  call     readout      Weir ms    peer ms   peer / Weir   resident MiB")
        }
        for size in MemoryCase.all {
            for batch in [1, 16] {
                let peerTimes = try python.map { try peerMilliseconds($0, size.name, batch) }
                for readout in [BottleneckConfiguration.ReadoutRule.sgd, .counts] {
                    var memory = try size.memory(readout)
                    for learns in [false, true] {
                        let times = try size.times(&memory, batch: batch, learns: learns, seconds: seconds)
                        let median = times.sorted()[times.count / 2]
                        let call = learns ? "step" : "forward"
                        let peer = peerTimes?[call]
                        let figure = Figure(
                            size: size.name, batch: batch, call: call, readout: readout.rawValue,
                            milliseconds: median, peerMilliseconds: peer, ratio: peer.map { $0 / median },
                            residentMebibytes: Bench.residentMebibytes())
                        figures.append(figure)
                        if !json { try show(figure) }
                    }
                }
            }
        }
        let means = try ClassMeansCase.times().sorted()
        let microseconds = means[means.count / 2] * 1_000
        if !json {
            try StandardOutput.line(
                String(
                    format:
                        "\nclass means, %d dimensions, %d classes: %.1f us a sample, predicted and learned",
                    ClassMeansCase.dimension, ClassMeansCase.classes, microseconds))
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try StandardOutput.line(
                String(
                    decoding: try encoder.encode(
                        Report(figures: figures, classMeansMicroseconds: microseconds)), as: UTF8.self))
        }
    }

    private func show(_ figure: Figure) throws {
        func pad(_ text: String, _ width: Int) -> String {
            text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0)
        }
        let peer = figure.peerMilliseconds.map { String(format: "%9.3f", $0) } ?? "        -"
        let ratio = figure.ratio.map { String(format: "%11.1f", $0) } ?? "          -"
        try StandardOutput.line(
            pad(figure.size, 6) + pad("\(figure.batch)", 7) + pad(figure.call, 9)
                + pad(figure.readout, 9)
                + String(format: "%11.4f", figure.milliseconds) + "  \(peer)   \(ratio)   "
                + String(format: "%12.0f", figure.residentMebibytes))
        fflush(nil)
    }

    /// The peer's medians of one size and batch by the name of the call.
    private func peerMilliseconds(_ python: String, _ size: String, _ batch: Int) throws -> [String: Double] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            python, peer, "--config", size, "--batch", "\(batch)", "--threads", "1", "--seconds",
            "\(seconds)",
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ValidationError(
                "the peer \(peer) ended with status \(process.terminationStatus); does \(python) have torch?")
        }
        // torch/L/step/16/threads1 186.4 185.9
        var times: [String: Double] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            let names = fields.first?.split(separator: "/") ?? []
            guard fields.count == 3, names.count == 5, let median = Double(fields[1]) else { continue }
            times[String(names[2])] = median
        }
        return times
    }
}
