import Arguments
import ContinualInference
import Foundation
import Streaming
import Tensors

struct ModelDescribe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "Say what a network computes, remembers and costs.",
        discussion: """
            Compiles the network and lists what runs at a step, norms and activations fused into what comes before them.
            Weights are random unless a file is given; numbers of work and memory do not depend on them. Multiply-adds
            are what papers on these networks call FLOPs.

              weir model describe CoX3D-S
              weir model describe 'CoST-GCN*' --options classes=120
              weir model describe CoOadTR-b1 --options features=4096 --json
              weir model describe --weights motion.safetensors       a file that names its network
              weir model describe CoX3D-M --weights x3d.safetensors  a file that does not
            """)

    @Argument(help: "A name of `weir model list`.") var name: String?
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Options of the network, as name=number.", valueName: "name=number"))
    var options: [OptionValue] = []
    @Option(help: ArgumentHelp("A safetensors file with the network's weights.", valueName: "file"))
    var weights: String?
    @Flag(help: "Leave the last linear layer out: features instead of scores.") var withoutHead = false
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard name != nil || weights != nil else {
            throw ValidationError("which network? Give a name of `weir model list`, or --weights")
        }
        guard name != nil || options.isEmpty else {
            throw ValidationError("--options goes with the name of a network; the file brings its own")
        }
    }

    func run() throws {
        let (plan, clip) = try compiled()
        let report = Report(plan, clip: clip)
        if json { try Terminal.json(report) } else { try show(report, plan) }
    }

    /// The network, and the length of the clips it was published for.
    private func compiled() throws -> (plan: Plan, clip: Int?) {
        guard let name else {
            let model = try LoadedModel(path: weights ?? "", withoutHead: withoutHead)
            return (model.plan, model.clip)
        }
        var values: [String: Int] = [:]
        for option in options {
            guard values.updateValue(option.value, forKey: option.name) == nil else {
                throw StreamError("--options gives \(option.name) twice")
            }
        }
        let model = try ModelCatalogue.model(name, options: values, withoutHead: withoutHead)
        let title = try ModelCatalogue.entry(name).name
        guard let weights else {
            return (
                try Plan(model.network, input: model.input, weights: .random(seed: 1), name: title),
                model.clip
            )
        }
        do {
            let file = try Safetensors(path: weights, limit: LoadedModel.byteLimit)
            return (try model.plan(file.tensors, name: title), model.clip)
        } catch let error as ContinualError {
            throw StreamError("\(weights) does not fit \(title): \(error)")
        }
    }

    /// What is printed as JSON.
    private struct Report: Encodable {
        struct Layer: Encodable {
            let operation: String
            let output: [Int]
            let multiplyAdds: Int
            let every: Int
        }
        let name: String
        let input: [Int]
        let output: [Int]
        let learnedParameters: Int
        let fixedParameters: Int
        let receptiveField: Int
        let padding: Int
        let stride: Int
        let delay: Int
        let firstOutput: Int
        let stateBytes: Int
        let clipFrames: Int
        let isClipPublished: Bool
        let multiplyAddsPerStep: Double
        let multiplyAddsPerBusiestStep: Int
        let multiplyAddsPerOutput: Double
        let multiplyAddsPerClip: Double
        let clipsPerOutput: Double
        let layers: [Layer]

        init(_ plan: Plan, clip: Int?) {
            name = plan.name
            input = plan.inputShape.extents
            output = plan.outputShape.extents
            learnedParameters = plan.learnedParameters
            fixedParameters = plan.fixedParameters
            receptiveField = plan.timing.receptiveField
            padding = plan.timing.padding
            stride = plan.timing.stride
            delay = plan.timing.delay
            firstOutput = plan.firstOutput
            stateBytes = plan.stateBytes
            clipFrames = clip ?? plan.timing.receptiveField
            isClipPublished = clip != nil
            layers = plan.layers.map {
                Layer(
                    operation: $0.summary, output: $0.outputShape.extents, multiplyAdds: $0.multiplyAdds,
                    every: $0.stride)
            }
            multiplyAddsPerStep = plan.multiplyAddsPerStep
            multiplyAddsPerBusiestStep = plan.layers.reduce(0) { $0 + $1.multiplyAdds }
            multiplyAddsPerOutput = multiplyAddsPerStep * Double(stride)
            // What a causal layer's padding would add at a clip's end is cut off by whoever runs clips.
            multiplyAddsPerClip = min(
                Double(plan.multiplyAdds(perClipOf: clipFrames)), multiplyAddsPerStep * Double(clipFrames))
            clipsPerOutput = multiplyAddsPerClip / multiplyAddsPerOutput
        }
    }

    private func show(_ report: Report, _ plan: Plan) throws {
        try Terminal.table(
            ["operation", "output", "multiply-adds", "every"],
            report.layers.map {
                [$0.operation, Self.extents($0.output), Self.grouped($0.multiplyAdds), "\($0.every)"]
            })
        try Terminal.line()
        let clip = report.isClipPublished ? "as published" : "the receptive field"
        let work =
            report.stride == 1
            ? Self.scaled(report.multiplyAddsPerStep)
            : "\(Self.scaled(report.multiplyAddsPerStep)) on average, at most \(Self.scaled(Double(report.multiplyAddsPerBusiestStep)))"
        try Terminal.table(
            [report.name, ""],
            [
                ["frames in, outputs", "\(Self.extents(report.input)), \(Self.extents(report.output))"],
                [
                    "parameters",
                    "\(Self.grouped(report.learnedParameters)), and \(Self.grouped(report.fixedParameters)) that are not learned",
                ],
                ["receptive field, padding", "\(report.receptiveField), \(report.padding)"],
                ["delay, stride", "\(report.delay), \(report.stride)"],
                ["first output", "with frame \(report.firstOutput + 1)"],
                ["memory of a session", "\(Self.grouped(report.stateBytes)) bytes"],
                ["multiply-adds of a step", work],
                ["of a clip of \(report.clipFrames) (\(clip))", Self.scaled(report.multiplyAddsPerClip)],
                [
                    report.stride == 1 ? "clip over step" : "clip over \(report.stride) steps",
                    "\(Terminal.fixed(report.clipsPerOutput, 1)) times",
                ],
            ])
    }

    private static func extents(_ values: [Int]) -> String { values.map(String.init).joined(separator: "x") }

    /// Digits in threes.
    private static func grouped(_ value: Int) -> String {
        var text = ""
        for (index, digit) in String(value).reversed().enumerated() {
            if index > 0, index % 3 == 0 { text.append(" ") }
            text.append(digit)
        }
        return String(text.reversed())
    }

    /// A large number with its unit.
    private static func scaled(_ value: Double) -> String {
        value >= 1e9
            ? "\(Terminal.fixed(value / 1e9, 3)) G"
            : value >= 1e6 ? "\(Terminal.fixed(value / 1e6, 3)) M" : "\(Terminal.fixed(value / 1e3, 1)) k"
    }
}

/// `name=number` of a command line.
struct OptionValue: ExpressibleByArgument {
    let name: String
    let value: Int

    init?(argument: String) {
        let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let value = Int(parts[1]) else { return nil }
        name = String(parts[0])
        self.value = value
    }
}

extension FrameShape {
    /// Channels, then the extents of space.
    fileprivate var extents: [Int] { [channels] + spatial }
}
