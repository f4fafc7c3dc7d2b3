import ContinualInference
import Foundation
import Tensors
import Testing

@Suite struct ModuleTests {
    private func frames(_ count: Int, width: Int, seed: UInt64) -> [[Float]] {
        var generator = RandomGenerator(seed: seed)
        return (0..<count).map { _ in (0..<width).map { _ in Float(generator.normal()) } }
    }

    private func outputs(_ plan: Plan, _ frames: [[Float]]) throws -> [[Float]?] {
        let workspace = Workspace(plan: plan)
        var state = plan.makeState()
        return try frames.map { try workspace.step($0, &state) }
    }

    // MARK: Encoders

    /// An encoder of three blocks gives for each window what its blocks give for the window's tokens as a whole.
    @Test func deepEncoderEqualsItsWindows() throws {
        let (width, tokens) = (12, 5)
        let encoder = TransformerEncoder(
            width: width, heads: 3, hidden: 10, tokens: tokens, layers: 3, activation: .gelu)
        let plan = try Plan(encoder, input: FrameShape(width), weights: .random(seed: 3))
        let stream = frames(14, width: width, seed: 4)
        let steps = try outputs(plan, stream)
        let workspace = Workspace(plan: plan)
        for (index, output) in steps.enumerated() {
            #expect((output != nil) == (index >= tokens - 1))
            guard let output else { continue }
            // A new session that sees this window alone.
            var state = plan.makeState()
            var last: [Float]?
            for frame in stream[(index - tokens + 1)...index] { last = try workspace.step(frame, &state) }
            #expect(last == output, "step \(index)")
            let whole = try workspace.clip(stream[(index - tokens + 1)...index].flatMap(\.self))
            #expect(whole.count == 1)
            for (a, b) in zip(whole.first ?? [], output) { #expect(abs(a - b) < 1e-5) }
        }
    }

    /// The last block without keys and values gives what a block with them gives for the last token.
    @Test func lastBlockEqualsWholeBlock() throws {
        let (width, tokens) = (16, 6)
        func network(_ form: EncoderBlock.Form) -> Sequential {
            let names = { (layer: Int) in
                EncoderBlock.Names(
                    attention: "\(layer).a", norm1: "\(layer).n", linear1: "\(layer).l",
                    linear2: "\(layer).m",
                    norm2: "\(layer).o")
            }
            return Sequential {
                EncoderBlock(
                    .retroactive, width: width, heads: 4, hidden: 20, tokens: tokens, names: names(0))
                EncoderBlock(form, width: width, heads: 4, hidden: 20, tokens: tokens, names: names(1))
            }
        }
        let input = FrameShape(width)
        let whole = try Plan(network(.whole), input: input, weights: .random(seed: 8))
        let last = try Plan(network(.last), input: input, weights: .random(seed: 8))
        #expect(last.multiplyAddsPerStep < whole.multiplyAddsPerStep)
        let stream = frames(20, width: width, seed: 9)
        for (all, one) in zip(try outputs(whole, stream), try outputs(last, stream)) {
            #expect((all == nil) == (one == nil))
            guard let all, let one else { continue }
            // [width][tokens]
            for channel in 0..<width {
                #expect(abs(all[channel * tokens + tokens - 1] - one[channel]) < 1e-5)
            }
        }
    }

    @Test func slidingEncoderOfOneLayerIsTheEncoder() throws {
        let input = FrameShape(8)
        let one = try Plan(
            TransformerEncoder(width: 8, heads: 2, hidden: 9, tokens: 4, layers: 1), input: input,
            weights: .random(seed: 1))
        let other = try Plan(
            SlidingEncoder(width: 8, heads: 2, hidden: 9, tokens: 4, layers: 1), input: input,
            weights: .random(seed: 1))
        let stream = frames(12, width: 8, seed: 2)
        #expect(try outputs(one, stream) == (try outputs(other, stream)))
    }

    @Test func slidingEncoderSeesFurther() throws {
        let encoder = SlidingEncoder(width: 8, heads: 2, hidden: 9, tokens: 4, layers: 3)
        #expect(encoder.timing.receptiveField == 3 * 3 + 1)
        let plan = try Plan(encoder, input: FrameShape(8), weights: .random(seed: 1))
        #expect(plan.firstOutput == 9)
        var stream = frames(16, width: 8, seed: 2)
        let before = try outputs(plan, stream)
        // A frame changes the outputs of ten steps and no more.
        stream[3][0] += 1
        let after = try outputs(plan, stream)
        for index in 9..<16 { #expect((before[index] == after[index]) == (index > 12)) }
    }

    // MARK: Norms

    @Test func groupNormOfAFrame() throws {
        let plan = try Plan(
            GroupNorm(groups: 2, 4), input: FrameShape(4, [3]),
            weights: .tensors([
                "weight": TensorData([1, 1, 2, 1] as [Float], shape: [4]),
                "bias": TensorData([0, 0, 0, 5] as [Float], shape: [4]),
            ]))
        let frame = frames(1, width: 12, seed: 3)[0]
        let output = try #require(try outputs(plan, [frame])[0])
        for group in 0..<2 {
            let values = frame[(group * 6)..<(group * 6 + 6)].map(Double.init)
            let mean = values.reduce(0, +) / 6
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 6
            for index in 0..<6 {
                let channel = group * 2 + index / 3
                let normed = (values[index] - mean) / (variance + 1e-5).squareRoot()
                let expected = normed * (channel == 2 ? 2 : 1) + (channel == 3 ? 5 : 0)
                #expect(abs(Double(output[group * 6 + index]) - expected) < 1e-5)
            }
        }
    }

    @Test func instanceNormIsABatchNormOfItsStatistics() throws {
        let input = FrameShape(6)
        let weights = WeightSource.random(seed: 4)
        let stream = frames(3, width: 6, seed: 5)
        #expect(
            try outputs(try Plan(InstanceNorm(6), input: input, weights: weights), stream)
                == (try outputs(try Plan(BatchNorm(6), input: input, weights: weights), stream)))
    }

    // MARK: Conditional

    /// Whichever branch is asked, it has seen every frame.
    @Test func conditionalBranchesNeverGoStale() throws {
        let input = FrameShape(2)
        let first = Conv1d(2, 2, kernel: 3)
        let second = Conv1d(2, 2, kernel: 2)
        let network = Conditional({ $0[0] > 0 }, Named("a", first), else: Named("b", second))
        let plan = try Plan(network, input: input, weights: .random(seed: 6))
        #expect(plan.firstOutput == 2)
        let stream = frames(20, width: 2, seed: 7)
        func alone(_ name: String, _ module: any Module) throws -> [[Float]?] {
            // Weights are drawn in order, so the second branch comes after the first in both.
            let both = BroadcastReduce(.concatenation) {
                Named("a", first)
                Named("b", second)
            }
            let joined = try outputs(try Plan(both, input: input, weights: .random(seed: 6)), stream)
            return joined.map { $0.map { Array(name == "a" ? $0.prefix(2) : $0.suffix(2)) } }
        }
        let (a, b) = (try alone("a", first), try alone("b", second))
        for (index, output) in try outputs(plan, stream).enumerated() where index >= 2 {
            #expect(output == (stream[index][0] > 0 ? a[index] : b[index]))
        }
    }

    // MARK: States

    @Test func statesAreValues() throws {
        let plan = try Plan(LSTM(3, 5), input: FrameShape(3), weights: .random(seed: 1))
        let workspace = Workspace(plan: plan)
        let stream = frames(6, width: 3, seed: 1)
        var state = plan.makeState()
        for frame in stream { _ = try workspace.step(frame, &state) }
        let copy = state
        let encoded = copy.encoded()
        _ = try workspace.step(stream[0], &state)
        #expect(copy.encoded() == encoded)
        #expect(state.encoded() != encoded)
        state.reset()
        #expect(state.stepCount == 0)
        #expect(state.encoded() == plan.makeState().encoded())
        #expect(copy.encoded() == encoded)
    }

    @Test func damagedStatesAreRefused() throws {
        let plan = try Plan(Conv1d(3, 4, kernel: 5), input: FrameShape(3), weights: .random(seed: 1))
        let other = try Plan(Conv1d(3, 4, kernel: 4), input: FrameShape(3), weights: .random(seed: 1))
        let bytes = plan.makeState().encoded()
        for count in [0, 7, 8, 39, 47, bytes.count - 1] {
            #expect(throws: ContinualError.self) { try StreamState(bytes.prefix(count), plan: plan) }
        }
        #expect(throws: ContinualError.self) { try StreamState(bytes + [0], plan: plan) }
        #expect(throws: ContinualError.self) { try StreamState(bytes, plan: other) }
        var damaged = bytes
        damaged[47] = 0xff
        #expect(throws: ContinualError.self) { try StreamState(damaged, plan: plan) }
        #expect(try StreamState(bytes, plan: plan).encoded() == bytes)
        var foreign = other.makeState()
        #expect(throws: ContinualError.self) { try Workspace(plan: plan).step([1, 2, 3], &foreign) }
    }

    // MARK: Errors

    @Test func networksThatDoNotFitAreRefused() throws {
        let bad: [(String, any Module, FrameShape)] = [
            ("channels", Conv1d(3, 4, kernel: 3), FrameShape(4)),
            ("space", Conv1d(3, 4, kernel: 3), FrameShape(3, [5])),
            ("padding in time", Conv1d(3, 4, kernel: 3, padding: 3), FrameShape(3)),
            ("groups", Conv1d(3, 4, kernel: 3, groups: 2), FrameShape(3)),
            ("window", Conv3d(1, 1, kernel: 9), FrameShape(1, [4, 4])),
            ("extents", Conv3d(1, 1, kernel: [1, 2]), FrameShape(1, [4, 4])),
            ("zero kernel", Conv1d(1, 1, kernel: 0), FrameShape(1)),
            ("pool padding", AvgPool1d(kernel: 2, padding: 2), FrameShape(1)),
            ("strided residual", Residual { Conv1d(2, 2, kernel: 3, stride: 2) }, FrameShape(2)),
            ("odd centre", Residual(shrink: .centered) { Conv1d(2, 2, kernel: 4) }, FrameShape(2)),
            ("widths", Residual { Conv1d(2, 3, kernel: 3, padding: 1) }, FrameShape(2)),
            ("two streams", Broadcast(2), FrameShape(2)),
            ("streams", Parallel { Identity() }.named("x"), FrameShape(2)),
            ("dispatch", Dispatch([1]), FrameShape(2)),
            ("heads", SingleOutputAttention(10, heads: 3, tokens: 4), FrameShape(10)),
            ("query", SingleOutputAttention(8, heads: 2, tokens: 4, queryIndex: -5), FrameShape(8)),
            ("norm", BatchNorm(3), FrameShape(2)),
            (
                "window block",
                EncoderBlock(
                    .last, width: 8, heads: 2, hidden: 8, tokens: 4,
                    names: .init(attention: "a", norm1: "b", linear1: "c", linear2: "d", norm2: "e")),
                FrameShape(8)
            ),
            (
                "phases",
                BroadcastReduce(autoDelay: false) {
                    Conv1d(1, 1, kernel: 1, stride: 2)
                    Conv1d(1, 1, kernel: 2, stride: 2)
                }, FrameShape(1)
            ),
            ("empty frames", Identity(), FrameShape(0)),
        ]
        for (name, module, shape) in bad where name != "streams" {
            #expect(throws: ContinualError.self, "\(name)") {
                try Plan(module, input: shape, weights: .random(seed: 1))
            }
        }
    }

    @Test func missingAndMisshapenWeightsAreNamed() throws {
        let network = Sequential { Conv1d(2, 3, kernel: 2).named("first") }
        func message(_ tensors: [String: TensorData]) -> String {
            do {
                _ = try Plan(network, input: FrameShape(2), weights: .tensors(tensors))
                return ""
            } catch {
                return "\(error)"
            }
        }
        let bias = TensorData([0, 0, 0] as [Float], shape: [3])
        #expect(message(["first.bias": bias]).contains("first.weight [3, 2, 2] is missing"))
        #expect(
            message([
                "first.bias": bias,
                "first.weight": TensorData([Float](repeating: 0, count: 9), shape: [3, 3]),
            ])
            .contains("has the shape [3, 3], the network needs [3, 2, 2]"))
        let broken = TensorData([Float](repeating: .nan, count: 12), shape: [3, 2, 2])
        #expect(message(["first.bias": bias, "first.weight": broken]).contains("not finite"))
    }

    @Test func framesOfAnotherLengthAreRefused() throws {
        let plan = try Plan(Conv1d(2, 3, kernel: 2), input: FrameShape(2), weights: .random(seed: 1))
        let workspace = Workspace(plan: plan)
        var state = plan.makeState()
        #expect(throws: ContinualError.self) { try workspace.step([1, 2, 3], &state) }
        #expect(throws: ContinualError.self) { try workspace.clip([1]) }
        #expect(try workspace.clip([]).isEmpty)
        #expect(state.stepCount == 0)
    }

    /// Clips shorter than the receptive field, and of one frame.
    @Test func shortClips() throws {
        let network = Sequential {
            Conv1d(3, 4, kernel: 5, padding: 2)
            Activation.relu
            Conv1d(4, 4, kernel: 3, padding: 2, dilation: 2)
            AvgPool1d(kernel: 3, stride: 1, padding: 1)
        }
        let plan = try Plan(network, input: FrameShape(3), weights: .random(seed: 1))
        let workspace = Workspace(plan: plan)
        for count in 1...12 {
            let clip = frames(count, width: 3, seed: UInt64(count)).flatMap(\.self)
            var state = plan.makeState()
            let whole = try workspace.clip(clip)
            #expect(whole.count == count)
            #expect(try workspace.steps(clip, &state, padEnd: true) == whole)
        }
    }
}
