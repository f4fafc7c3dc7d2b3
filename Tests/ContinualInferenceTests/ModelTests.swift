import ContinualInference
import Foundation
import Tensors
import Testing

/// The published networks: their figures, their steps beside their clips, and files of them.
@Suite struct ModelTests {
    /// What papers and their code say of a network, or follows from them.
    struct Figures: Sendable, CustomStringConvertible {
        let name: String
        let parameters: Int
        let receptiveField: Int
        let padding: Int
        let delay: Int
        var stride = 1
        /// At most so many bytes of state.
        let stateBytes: Int
        let outputs: Int
        /// Multiply-adds of a step in millions, and how far they may lie from it.
        let millions: ClosedRange<Double>
        var description: String { name }
    }

    static let figures = [
        Figures(
            name: "CoX3D-XS", parameters: 3_794_322, receptiveField: 60, padding: 28, delay: 31,
            stateBytes: 10_200_000, outputs: 400, millions: 150...160),
        Figures(
            name: "CoX3D-S", parameters: 3_794_322, receptiveField: 69, padding: 28, delay: 40,
            stateBytes: 10_200_000, outputs: 400, millions: 150...170),
        Figures(
            name: "CoX3D-M", parameters: 3_794_322, receptiveField: 72, padding: 28, delay: 43,
            stateBytes: 20_000_000, outputs: 400, millions: 290...330),
        Figures(
            name: "CoX3D-L", parameters: 6_153_432, receptiveField: 130, padding: 57, delay: 72,
            stateBytes: 69_000_000, outputs: 400, millions: 1_140...1_250),
        Figures(
            name: "CoSlow", parameters: 32_454_096, receptiveField: 26, padding: 9, delay: 16,
            stateBytes: 27_000_000, outputs: 400, millions: 6_700...6_900),
        Figures(
            name: "CoI3D", parameters: 28_043_472, receptiveField: 42, padding: 17, delay: 24, stride: 2,
            stateBytes: 53_000_000, outputs: 400, millions: 3_500...5_680),
        Figures(
            name: "LRCN", parameters: 44_571_365, receptiveField: 1, padding: 0, delay: 0, stateBytes: 2_048,
            outputs: 101, millions: 600...800),
        Figures(
            name: "CoST-GCN", parameters: 3_141_478, receptiveField: 449, padding: 152, delay: 296, stride: 4,
            stateBytes: 3_300_000, outputs: 60, millions: 54...67.5),
        Figures(
            name: "CoST-GCN*", parameters: 3_141_478, receptiveField: 300, padding: 0, delay: 299,
            stateBytes: 3_550_000, outputs: 60, millions: 122...160),
        Figures(
            name: "CoA-GCN", parameters: 3_469_510, receptiveField: 449, padding: 152, delay: 296, stride: 4,
            stateBytes: 3_300_000, outputs: 60, millions: 54...75),
        Figures(
            name: "CoA-GCN*", parameters: 3_469_510, receptiveField: 300, padding: 0, delay: 299,
            stateBytes: 3_550_000, outputs: 60, millions: 122...170),
        Figures(
            name: "CoS-TR", parameters: 3_073_345, receptiveField: 449, padding: 152, delay: 296, stride: 4,
            stateBytes: 3_300_000, outputs: 60, millions: 42...55),
        Figures(
            name: "CoS-TR*", parameters: 3_073_345, receptiveField: 300, padding: 0, delay: 299,
            stateBytes: 3_550_000, outputs: 60, millions: 150...170),
        Figures(
            name: "CoOadTR-b1", parameters: 9_598_998, receptiveField: 64, padding: 0, delay: 63,
            stateBytes: 520_000, outputs: 22, millions: 9.5...9.7),
        Figures(
            name: "CoOadTR-b2", parameters: 15_896_598, receptiveField: 64, padding: 0, delay: 63,
            stateBytes: 1_300_000, outputs: 22, millions: 200...411),
        Figures(
            name: "SensorNet", parameters: 64_146, receptiveField: 127, padding: 126, delay: 0,
            stateBytes: 32_000, outputs: 6, millions: 0.06...0.07),
    ]

    @Test func sensorNetIsOneWithoutOptions() throws {
        let model = try ModelCatalogue.model("SensorNet")
        let plan = try Plan(model.network, input: model.input, weights: .random(seed: 1))
        let plain = try Plan(
            SensorNet(inputs: 6, classes: 6), input: FrameShape(6), weights: .random(seed: 1))
        #expect(plan.parameters.map(\.name) == plain.parameters.map(\.name))
        #expect(plan.timing.receptiveField == plain.timing.receptiveField)
    }

    @Test func everyNetworkHasFigures() {
        #expect(Set(Self.figures.map(\.name)) == Set(ModelCatalogue.entries.map(\.name)))
    }

    @Test(arguments: figures) func published(_ figures: Figures) throws {
        let model = try ModelCatalogue.model(figures.name)
        let plan = try Plan(model.network, input: model.input, weights: .random(seed: 1), name: figures.name)
        #expect(plan.learnedParameters == figures.parameters)
        #expect(plan.timing.receptiveField == figures.receptiveField)
        #expect(plan.timing.padding == figures.padding)
        #expect(plan.timing.delay == figures.delay)
        #expect(plan.timing.stride == figures.stride)
        // Attention says nothing before its window is full; everything else speaks after its delay.
        #expect(plan.firstOutput == figures.delay)
        #expect(plan.stateBytes <= figures.stateBytes)
        #expect(plan.outputShape == FrameShape(figures.outputs))
        #expect(model.classes == figures.outputs)
        #expect(figures.millions.contains(plan.multiplyAddsPerStep / 1e6))
        let layers = plan.layers
        #expect(layers.last?.stride == figures.stride)
        let average = layers.reduce(0) { $0 + Double($1.multiplyAdds) / Double($1.stride) }
        #expect(abs(average - plan.multiplyAddsPerStep) < 1)
    }

    // MARK: Steps and clips

    /// A small network whose steps are the columns of its clips.
    struct Small: Sendable, CustomStringConvertible {
        let description: String
        let network: any Module
        let input: FrameShape
        let frames: Int
    }

    static let small: [Small] =
        [
            Small(
                description: "CoSlow",
                network: CoResNet(
                    .slow, classes: 5, window: 4, image: 33, width: 4, repetitions: [1, 1, 2, 1]),
                input: FrameShape(3, [33, 33]), frames: 20),
            Small(
                description: "CoI3D",
                network: CoResNet(
                    .i3d, classes: 5, window: 4, image: 32, width: 4, repetitions: [2, 1, 1, 2]),
                input: FrameShape(3, [32, 32]), frames: 30),
            Small(
                description: "LRCN",
                network: LRCN(
                    layers: [
                        .convolution(8, kernel: 5, stride: 2), .maximum(kernel: 3, stride: 2),
                        .responseNorm(size: 3),
                        .convolution(6, kernel: 3, groups: 2),
                    ],
                    features: 12, hidden: 7, classes: 4), input: FrameShape(3, [23, 23]), frames: 9),
            Small(
                description: "SensorNet",
                network: SensorNet(inputs: 3, width: 8, layers: 4, kernel: 4, classes: 5),
                input: FrameShape(3), frames: 70),
        ]
        + CoSkeleton.Kind.allCases.flatMap { kind in
            [(0, [1, 1, 1, 1]), (4, [1, 2, 1, 2])].map { padding, strides in
                Small(
                    description: "\(kind), strides \(strides)",
                    network: CoSkeleton(
                        kind, widths: [8, 8, 16, 16], strides: strides, padding: padding, pool: 3,
                        poolPadding: padding / 4, classes: 5),
                    input: FrameShape(3, [25, 2]), frames: 60)
            }
        }

    @Test(arguments: small) func stepsAreTheClip(_ small: Small) throws {
        let plan = try Plan(small.network, input: small.input, weights: .random(seed: 5))
        let workspace = Workspace(plan: plan)
        let frames = Self.noise(small.frames * small.input.count, seed: 6)
        let clip = try workspace.clip(frames)
        var state = plan.makeState()
        var steps: [[Float]] = []
        for frame in 0..<small.frames {
            let values = Array(frames[(frame * small.input.count)..<((frame + 1) * small.input.count)])
            let output = try workspace.step(values, &state)
            let isDue = frame >= plan.firstOutput && (frame - plan.firstOutput) % plan.timing.stride == 0
            #expect((output != nil) == isDue, "\(small): frame \(frame)")
            if let output { steps.append(output) }
        }
        #expect(!steps.isEmpty && steps.count <= clip.count)
        Self.expectEqual(steps, Array(clip.prefix(steps.count)), "\(small) (seeds 5, 6)")
        state.reset()
        let padded = try workspace.steps(frames, &state, padEnd: true)
        #expect(padded.count == clip.count)
        Self.expectEqual(padded, clip, "\(small), padded (seeds 5, 6)")
    }

    @Test(arguments: CoOadTR.Blocks.allCases) func aWindowIsAClip(_ blocks: CoOadTR.Blocks) throws {
        let network = CoOadTR(
            blocks, features: 10, width: 16, heads: 4, hidden: 24, tokens: 6, classes: 5, entries: 6)
        let plan = try Plan(network, input: FrameShape(10), weights: .random(seed: 7))
        let workspace = Workspace(plan: plan)
        let frames = Self.noise(60, seed: 8)
        var state = plan.makeState()
        Self.expectEqual(
            try workspace.steps(frames, &state), try workspace.clip(frames), "\(blocks) (seeds 7, 8)")
    }

    /// Against torch.nn.LocalResponseNorm(3, alpha=0.5) on one position.
    @Test func responsesAreNormalised() throws {
        let plan = try Plan(
            LocalResponseNorm(size: 3, alpha: 0.5), input: FrameShape(5), weights: .random(seed: 1))
        var state = plan.makeState()
        let output = try #require(try Workspace(plan: plan).step([1, -2, 3, 0, 4], &state))
        Self.expectEqual([output], [[0.63470066, -0.81072015, 1.2637742, 0, 1.509581]], "torch")
    }

    // MARK: Without the head

    @Test(arguments: [
        ("CoX3D-XS", ["image": 64]), ("CoST-GCN", ["clip": 160]), ("CoOadTR-b1", ["width": 64]),
        ("SensorNet", [:]),
    ]) func featuresAreWhatTheHeadReads(_ name: String, _ options: [String: Int]) throws {
        let model = try ModelCatalogue.model(name, options: options)
        let bare = try ModelCatalogue.model(name, options: options, withoutHead: true)
        #expect(bare.classes == nil)
        let tensors = try Self.weights(of: model, seed: 9)
        let plan = try Plan(model.network, input: model.input, weights: .tensors(tensors))
        let features = try Plan(bare.network, input: bare.input, weights: .tensors(tensors))
        let head = plan.parameters.suffix(2).map(\.name)
        #expect(features.parameters.map(\.name) == plan.parameters.dropLast(2).map(\.name))
        let (weight, bias) = (try #require(tensors[head[0]]), try #require(tensors[head[1]]))
        #expect(features.outputShape == FrameShape(weight.shape[1]))
        let frames = Self.noise((plan.firstOutput + 1) * model.input.count, seed: 10)
        var (first, second) = (plan.makeState(), features.makeState())
        let scores = try #require(try Workspace(plan: plan).steps(frames, &first).last)
        let inner = try #require(try Workspace(plan: features).steps(frames, &second).last)
        let (rows, shift) = (weight.floats(), bias.floats())
        let expected = shift.indices.map { row in
            inner.indices.reduce(shift[row]) { $0 + rows[row * inner.count + $1] * inner[$1] }
        }
        // CoX3D ends with a softmax.
        let total = expected.reduce(0) { $0 + exp($1) }
        Self.expectEqual(
            [scores], [name.hasPrefix("CoX3D") ? expected.map { exp($0) / total } : expected],
            "\(name) (seeds 9, 10)")
    }

    // MARK: Names, options, files

    @Test func namesAreForgiving() throws {
        for (written, name) in [
            ("cox3d_s", "CoX3D-S"), ("costgcn-star", "CoST-GCN*"), ("COOADTR-B2", "CoOadTR-b2"),
            ("sensornet", "SensorNet"),
        ] {
            #expect(try ModelCatalogue.entry(written).name == name)
        }
        let error = #expect(throws: ContinualError.self) { try ModelCatalogue.entry("SenserNet") }
        #expect(error?.code == .model)
        #expect(error?.message.contains("is SensorNet meant?") == true)
        #expect(error?.message.contains("CoST-GCN*") == true)
    }

    @Test(arguments: [
        ("SensorNet", ["depth": 3], "it has classes, inputs, width, layers, kernel"),
        ("SensorNet", ["layers": 40], "layers must lie in 1...16"),
        ("CoS-TR", ["joints": 20], "18 and 25"),
        ("CoOadTR-b1", ["entries": 10], "entries must be at least tokens"),
        ("CoOadTR-b1", ["heads": 7], "heads must divide width"),
    ]) func optionsAreChecked(_ name: String, _ options: [String: Int], _ message: String) {
        let error = #expect(throws: ContinualError.self) { try ModelCatalogue.model(name, options: options) }
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }

    @Test func optionsChangeTheNetwork() throws {
        let model = try ModelCatalogue.model(
            "CoA-GCN*", options: ["joints": 18, "persons": 1, "classes": 400, "clip": 150 + 10])
        #expect(model.input == FrameShape(3, [18, 1]))
        let plan = try Plan(model.network, input: model.input, weights: .random(seed: 1))
        #expect(plan.outputShape == FrameShape(400))
        #expect(plan.timing.receptiveField == 160)
    }

    private static let options = ["inputs": 3, "width": 4, "layers": 2, "classes": 2]

    private static func file(
        _ metadata: [String: String], change: (inout [String: TensorData]) -> Void = { _ in }
    ) throws -> Result<LoadedModel, any Error> {
        var tensors = try weights(of: try ModelCatalogue.model("SensorNet", options: options), seed: 3)
        change(&tensors)
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("weir-\(UUID().uuidString)")
            .path
        try Safetensors(tensors: tensors, metadata: metadata).encoded().write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return Result { try LoadedModel(path: path) }
    }

    private static let metadata = [
        "weir.model": "SensorNet", "weir.options": #"{"inputs": 3, "width": 4, "layers": 2, "classes": 2}"#,
        "weir.labels": #"["walking", "standing"]"#,
    ]

    @Test func aFileSaysWhatItIs() throws {
        let model = try Self.file(Self.metadata).get()
        #expect(model.labels == ["walking", "standing"])
        #expect(model.plan.name == "SensorNet")
        #expect(model.plan.inputShape == FrameShape(3))
        #expect(model.clip == nil)
        var other = Self.metadata
        other["weir.labels"] = nil
        #expect(try Self.file(other).get().labels.isEmpty)
    }

    @Test(arguments: [
        ("weir.model", nil, "no weir.model"), ("weir.model", "SensorNett", "is SensorNet meant?"),
        ("weir.options", nil, "names 2 classes"), ("weir.options", "[1]", "JSON object of integers"),
        ("weir.options", #"{"inputs": 3, "depth": 1}"#, "no option depth"),
        ("weir.labels", #"["walking"]"#, "names 1 classes"),
        ("weir.labels", "walking", "JSON array of texts"),
        ("weir.labels", #"["walking", "walking"]"#, "twice"),
        ("weir.options", String(repeating: "[", count: 100_000), "JSON object of integers"),
        ("weir.options", #"{"inputs": 3, "inputs": 4}"#, "JSON object of integers"),
        ("weir.labels", String(repeating: "[", count: 100_000), "JSON array of texts"),
        ("weir.labels", #"["walking", "stand"#, "JSON array of texts"),
    ]) func faultsAreNamed(_ key: String, _ value: String?, _ message: String) throws {
        var metadata = Self.metadata
        metadata[key] = value
        let result = try Self.file(metadata)
        let error = #expect(throws: ContinualError.self) { try result.get() }
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
        #expect(error?.message.contains("weir-") == true, "the path is missing: \(String(describing: error))")
    }

    @Test func aMissingFileIsNamed() {
        let error = #expect(throws: SafetensorsError.self) { try LoadedModel(path: "nowhere.safetensors") }
        #expect(error?.message.contains("nowhere.safetensors") == true)
    }

    @Test func weightsAreChecked() throws {
        let missing = try Self.file(Self.metadata) { $0["blocks.0.norm.bias"] = nil }
        let first = #expect(throws: ContinualError.self) { try missing.get() }
        #expect(first?.message.contains("blocks.0.norm.bias") == true)
        let other = try Self.file(Self.metadata) {
            $0["norm.weight"] = TensorData([1, 1] as [Float], shape: [2])
        }
        let third = #expect(throws: ContinualError.self) { try other.get() }
        #expect(third?.message.contains("norm.weight has the shape [2], the network needs [3]") == true)
        let infinite = try Self.file(Self.metadata) {
            $0["head.bias"] = TensorData([Float.infinity, 0], shape: [2])
        }
        let second = #expect(throws: ContinualError.self) { try infinite.get() }
        #expect(second?.message.contains("head.bias") == true)
    }

    /// The names of an ordinary X3D are those of the continual one without numbers.
    @Test func namesOfAnOrdinaryNetworkWillDo() throws {
        let model = try ModelCatalogue.model("CoX3D-XS", options: ["image": 32, "classes": 3])
        let tensors = try Self.weights(of: model, seed: 4)
        let plain = Dictionary(
            uniqueKeysWithValues: tensors.map { name, tensor in
                (name.split(separator: ".").filter { Int($0) == nil }.joined(separator: "."), tensor)
            })
        #expect(plain["s2.pathway0_res0.branch2.se.fc1.weight"] != nil)
        let expected = try model.plan(tensors, name: "X3D").digest
        #expect(try model.plan(plain, name: "X3D").digest == expected)
        // Where two weights would have one name, nothing is guessed.
        let other = try ModelCatalogue.model("CoOadTR-b1", options: ["width": 8, "features": 8, "hidden": 8])
        let error = #expect(throws: ContinualError.self) {
            try other.plan(
                ["weight": TensorData([Float](repeating: 0, count: 64), shape: [8, 8])], name: "it")
        }
        #expect(error?.message.contains("is missing") == true)
    }

    @Test func aFileWithAdaptersIsFused() throws {
        let plain = try Self.file(Self.metadata).get()
        let fused = try Self.file(Self.metadata) { tensors in
            tensors["head.cols"] = TensorData([1, 0] as [Float], shape: [2, 1])
            tensors["head.rows"] = TensorData([0, 0, 0, 0] as [Float], shape: [1, 4])
        }.get()
        #expect(plain.plan.digest == fused.plan.digest)
    }

    // MARK: Helpers

    /// Random weights under a network's names.
    static func weights(of model: ModelCatalogue.Model, seed: UInt64) throws -> [String: TensorData] {
        try weights(of: model.network, input: model.input, seed: seed)
    }

    /// Random weights under a network's names.
    static func weights(of network: any Module, input: FrameShape, seed: UInt64) throws -> [String:
        TensorData]
    {
        let plan = try Plan(network, input: input, weights: .random(seed: seed))
        var generator = RandomGenerator(seed: seed)
        return Dictionary(
            uniqueKeysWithValues: plan.parameters.map { parameter in
                let fanIn = max(1, parameter.shape.dropFirst().reduce(1, *))
                let limit = 1 / Double(fanIn).squareRoot()
                let values = (0..<parameter.count).map { _ -> Float in
                    let number = generator.uniform()
                    return Float(
                        parameter.name.hasSuffix("running_var") ? 0.5 + number : limit * (2 * number - 1))
                }
                return (parameter.name, TensorData(values, shape: parameter.shape))
            })
    }

    static func noise(_ count: Int, seed: UInt64) -> [Float] {
        var generator = RandomGenerator(seed: seed)
        return (0..<count).map { _ in Float(generator.normal()) }
    }

    static func expectEqual(_ outputs: [[Float]], _ expected: [[Float]], _ what: String) {
        #expect(outputs.count == expected.count, "\(what): \(outputs.count) outputs, not \(expected.count)")
        let scale = expected.joined().reduce(Float(1)) { max($0, abs($1)) }
        var worst: Float = 0
        for (output, reference) in zip(outputs, expected) {
            #expect(output.count == reference.count, "\(what)")
            for (a, b) in zip(output, reference) {
                worst = max(worst, (a - b).isNaN ? .infinity : abs(a - b))
            }
        }
        #expect(worst <= 1e-5 * scale, "\(what): off by \(worst) at a scale of \(scale)")
    }
}
