import ContinualInference
import Tensors
import Testing

/// Structured pruning adapters: fused, they are the layer that they stand for.
@Suite struct AdapterTests {
    @Test(arguments: GoldenCase.names.filter { $0.hasPrefix("splora") })
    func fusionIsTheReference(_ name: String) throws {
        let golden = try GoldenCase(name)
        func tensor(_ name: String) throws -> TensorData {
            TensorData(try golden.floats(name), shape: try golden.shape(name))
        }
        var tensors = [
            "linear.weight": try tensor("W"), "linear.cols": try tensor("cols"),
            "linear.rows": try tensor("rows"),
            "linear.bias": try tensor("bias"), "conv.weight": try tensor("conv_W"),
            "conv.adapter": try tensor("conv_adapter"), "other.weight": try tensor("W"),
        ]
        let whole = try Adapter.fused(tensors)
        #expect(whole.keys.sorted() == ["conv.weight", "linear.bias", "linear.weight", "other.weight"])
        #expect(whole["other.weight"] == tensors["other.weight"])
        #expect(whole["linear.bias"] == tensors["linear.bias"])
        try expectEqual(whole["linear.weight"], golden, "fused")
        try expectEqual(whole["conv.weight"], golden, "conv_fused")

        for layer in ["linear", "conv"] {
            tensors["\(layer).mask_in"] = try tensor("mask_in")
            tensors["\(layer).mask_out"] = try tensor("mask_out")
        }
        let pruned = try Adapter.fused(tensors)
        try expectEqual(pruned["linear.weight"], golden, "pruned")
        try expectEqual(pruned["conv.weight"], golden, "conv_pruned")

        // The layer as a network, on the kept inputs, gives the kept outputs.
        let kept = try golden.floats("mask_in").enumerated().filter { $0.element != 0 }.map(\.offset)
        let outputs = try golden.shape("out_pruned")[1]
        let plan = try Plan(
            Linear(kept.count, outputs).named("linear"), input: FrameShape(kept.count),
            weights: .tensors(pruned))
        let workspace = Workspace(plan: plan)
        let (input, expected) = (try golden.floats("input"), try golden.floats("out_pruned"))
        let width = try golden.shape("input")[1]
        for row in 0..<(input.count / width) {
            var state = plan.makeState()
            let output = try #require(try workspace.step(kept.map { input[row * width + $0] }, &state))
            ModelTests.expectEqual(
                [output], [Array(expected[(row * outputs)..<((row + 1) * outputs)])], "row \(row)")
        }
    }

    private func expectEqual(_ tensor: TensorData?, _ golden: GoldenCase, _ name: String) throws {
        let tensor = try #require(tensor)
        #expect(tensor.shape == (try golden.shape(name)))
        let pairs = zip(tensor.floats(), try golden.floats(name))
        #expect(pairs.allSatisfy { abs($0 - $1) <= 1e-6 }, "\(name)")
    }

    /// Two convolutions over time with norms, and a linear layer.
    private static func stack(_ inputs: Int, _ inner: Int, _ outputs: Int) -> Sequential {
        Sequential {
            Conv1d(inputs, inner, kernel: 9).named("first")
            BatchNorm(inner).named("norm")
            Activation.relu
            Conv1d(inner, outputs, kernel: 5, padding: 2).named("second")
            Activation.relu
            Linear(outputs, 3).named("head")
        }
    }

    @Test(arguments: 1...5) func aPrunedNetworkIsTheMaskedOne(_ seed: UInt64) throws {
        let (inputs, inner, outputs, rank) = (6, 16, 12, 2)
        let full = Self.stack(inputs, inner, outputs)
        var tensors = try ModelTests.weights(of: full, input: FrameShape(inputs), seed: seed)
        var generator = RandomGenerator(seed: seed &+ 100)
        func mask(_ count: Int) -> [Float] {
            var mask = (0..<count).map { _ in Float(generator.below(3) == 0 ? 1 : 0) }
            mask[generator.below(count)] = 1
            return mask
        }
        let (innerMask, outputMask) = (mask(inner), mask(outputs))
        func noise(_ shape: [Int]) -> TensorData {
            TensorData(ModelTests.noise(shape.reduce(1, *), seed: generator.next()), shape: shape)
        }
        tensors["first.cols"] = noise([inner, rank])
        tensors["first.rows"] = noise([rank, inputs])
        tensors["second.adapter"] = noise([outputs, inner])
        // The network with the same changes whose masked channels are zero but there.
        var masked = try Adapter.fused(tensors)
        func scale(_ name: String, _ factor: (Int) -> Float) throws {
            let tensor = try #require(masked[name])
            masked[name] = TensorData(
                tensor.floats().enumerated().map { $1 * factor($0) }, shape: tensor.shape)
        }
        for name in ["first.weight", "first.bias", "norm.weight", "norm.bias", "second.bias"] {
            let mask = name.hasPrefix("second") ? outputMask : innerMask
            let perRow = try #require(masked[name]).count / mask.count
            try scale(name) { mask[$0 / perRow] }
        }
        try scale("second.weight") { outputMask[$0 / (inner * 5)] * innerMask[$0 / 5 % inner] }

        let innerTensor = TensorData(innerMask.map { UInt32($0) }, shape: [inner])
        let outputTensor = TensorData(outputMask.map { UInt32($0) }, shape: [outputs])
        tensors["first.mask_out"] = innerTensor
        tensors["norm.mask_out"] = innerTensor
        tensors["second.mask_in"] = innerTensor
        tensors["second.mask_out"] = outputTensor
        tensors["head.mask_in"] = outputTensor
        let (innerLeft, outputsLeft) = (Int(innerMask.reduce(0, +)), Int(outputMask.reduce(0, +)))
        let small = try Plan(
            Self.stack(inputs, innerLeft, outputsLeft), input: FrameShape(inputs),
            weights: .tensors(try Adapter.fused(tensors)))
        let large = try Plan(full, input: FrameShape(inputs), weights: .tensors(masked))
        let frames = ModelTests.noise(30 * inputs, seed: seed &+ 200)
        var (smallState, largeState) = (small.makeState(), large.makeState())
        ModelTests.expectEqual(
            try Workspace(plan: small).steps(frames, &smallState),
            try Workspace(plan: large).steps(frames, &largeState),
            "seed \(seed)")
        #expect(small.timing == large.timing)
        if innerLeft < inner { #expect(small.multiplyAddsPerStep < large.multiplyAddsPerStep) }
        if innerLeft <= inner / 2 { #expect(small.stateBytes < large.stateBytes) }
    }

    @Test(
        arguments: [
            (
                "there are adapters of layer, but no layer.weight",
                ["layer.weight": nil, "layer.adapter": [4, 2]]
            ),
            ("the other is missing", ["layer.cols": [4, 1]]),
            ("should be [out, r] and [r, in]", ["layer.cols": [4, 1], "layer.rows": [2, 2]]),
            ("make [5, 2]", ["layer.cols": [5, 1], "layer.rows": [1, 2]]),
            ("make [4, 3]", ["layer.adapter": [4, 3]]),
            ("has no centre", ["layer.adapter": [4, 2], "layer.weight": [4, 2, 4]]),
            ("mask_in has the shape [4]", ["layer.mask_in": [4]]),
            ("mask_out keeps nothing", ["layer.mask_out": [4]]),
            ("layer.bias has the shape [3]", ["layer.mask_out": [4], "layer.bias": [3]]),
        ] as [(String, [String: [Int]?])]) func faultsAreNamed(_ message: String, _ parts: [String: [Int]?])
        throws
    {
        var tensors = ["layer.weight": TensorData([Float](repeating: 1, count: 24), shape: [4, 2, 3])]
        for (name, shape) in parts {
            // A mask of zeros keeps nothing; with a bias it keeps all.
            let value: Float = name.hasSuffix("mask_out") && parts["layer.bias"] == nil ? 0 : 1
            tensors[name] = shape.map {
                TensorData([Float](repeating: value, count: $0.reduce(1, *)), shape: $0)
            }
        }
        let error = #expect(throws: ContinualError.self) { try Adapter.fused(tensors) }
        #expect(error?.code == .weights)
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }
}
