import ContinualInference
import Foundation
import Tensors
import Testing

/// Convolutions of random settings against plain loops in double precision.
@Suite struct ConvolutionPropertyTests {
    /// A convolution with all its numbers, time first.
    private struct Setting: CustomStringConvertible {
        var (inputs, outputs, groups) = (1, 1, 1)
        var (kernel, stride, padding, dilation, extent) = ([1], [1], [0], [1], [1])
        var seed: UInt64 = 0

        var description: String {
            "\(inputs) to \(outputs), \(groups) groups, kernel \(kernel), stride \(stride), padding \(padding), dilation \(dilation), clip \(extent), seed \(seed)"
        }

        init(_ generator: inout RandomGenerator, axes: Int) {
            seed = generator.next()
            groups = [1, 1, 2, 3][generator.below(4)]
            inputs = groups * (1 + generator.below(5))
            outputs = groups * (1 + generator.below(5))
            if generator.below(3) == 0 {
                // Each channel by itself, with some that fill no whole register.
                inputs = 2 + generator.below(40)
                (groups, outputs) = (inputs, inputs)
            }
            kernel = (0..<axes).map { _ in 1 + generator.below(4) }
            stride = (0..<axes).map { _ in 1 + generator.below(3) }
            if generator.below(2) == 0 { stride[0] = 1 }
            dilation = (0..<axes).map { _ in 1 + generator.below(2) }
            padding = (0..<axes).map { generator.below((kernel[$0] - 1) * dilation[$0] + 1) }
            extent = (0..<axes).map { (kernel[$0] - 1) * dilation[$0] + 1 + generator.below($0 == 0 ? 9 : 6) }
        }

        var module: any Module {
            switch kernel.count {
            case 1:
                Conv1d(
                    inputs, outputs, kernel: kernel[0], stride: stride[0], padding: padding[0],
                    dilation: dilation[0],
                    groups: groups)
            case 2:
                Conv2d(
                    inputs, outputs, kernel: Extents(kernel), stride: Extents(stride),
                    padding: Extents(padding),
                    dilation: Extents(dilation), groups: groups)
            default:
                Conv3d(
                    inputs, outputs, kernel: Extents(kernel), stride: Extents(stride),
                    padding: Extents(padding),
                    dilation: Extents(dilation), groups: groups)
            }
        }

        /// The extents of the output.
        var output: [Int] {
            kernel.indices.map { axis in
                let reach = dilation[axis] * (kernel[axis] - 1) + 1
                return (extent[axis] + 2 * padding[axis] - reach) / stride[axis] + 1
            }
        }

        /// All places of a box, the last axis fastest.
        private func places(_ extents: [Int]) -> [[Int]] {
            var lists: [[Int]] = [[]]
            for extent in extents {
                lists = lists.flatMap { list in (0..<extent).map { list + [$0] } }
            }
            return lists
        }

        /// The outputs of a clip `[frames][inputs][space]`, as frames `[outputs][space]`.
        func plain(_ clip: [[Float]], weights: [Float], bias: [Float]) -> [[Double]] {
            let taps = places(kernel)
            let space = extent.dropFirst().reduce(1, *)
            let width = inputs / groups
            var frames = [[Double]](repeating: [], count: output[0])
            for out in 0..<outputs {
                let group = out / (outputs / groups)
                for position in places(output) {
                    var sum = Double(bias[out])
                    for (number, tap) in taps.enumerated() {
                        var place = 0
                        var frame = 0
                        var isInside = true
                        for axis in kernel.indices {
                            let at =
                                position[axis] * stride[axis] - padding[axis] + tap[axis] * dilation[axis]
                            if at < 0 || at >= extent[axis] { isInside = false }
                            if axis == 0 { frame = at } else { place = place * extent[axis] + at }
                        }
                        guard isInside else { continue }
                        for channel in 0..<width {
                            let weight = Double(weights[(out * width + channel) * taps.count + number])
                            sum += weight * Double(clip[frame][(group * width + channel) * space + place])
                        }
                    }
                    frames[position[0]].append(sum)
                }
            }
            return frames
        }
    }

    @Test(arguments: [1, 2, 3]) func agreeWithPlainLoops(_ axes: Int) throws {
        var generator = RandomGenerator(seed: UInt64(100 + axes))
        for _ in 0..<60 {
            let setting = Setting(&generator, axes: axes)
            var numbers = RandomGenerator(seed: setting.seed)
            func random(_ count: Int) -> [Float] { (0..<count).map { _ in Float(numbers.normal()) } }
            let weights = random(
                setting.outputs * setting.inputs / setting.groups * setting.kernel.reduce(1, *))
            let bias = random(setting.outputs)
            let shape = FrameShape(setting.inputs, Array(setting.extent.dropFirst()))
            let clip = (0..<setting.extent[0]).map { _ in random(shape.count) }
            let plan = try Plan(
                setting.module, input: shape,
                weights: .tensors([
                    "weight": TensorData(
                        weights, shape: [setting.outputs, setting.inputs / setting.groups] + setting.kernel),
                    "bias": TensorData(bias, shape: [setting.outputs]),
                ]))
            let expected = setting.plain(clip, weights: weights, bias: bias)
            let workspace = Workspace(plan: plan)
            let outputs = try workspace.clip(clip.flatMap(\.self))
            #expect(outputs.count == expected.count, "\(setting)")
            var worst = 0.0
            for (output, reference) in zip(outputs, expected) {
                #expect(output.count == reference.count, "\(setting)")
                for (a, b) in zip(output, reference) { worst = max(worst, abs(Double(a) - b)) }
            }
            #expect(worst < 5e-5, "\(setting): off by \(worst)")
            // Frame by frame, and then the padding at the end, it is the same to the bit.
            var state = plan.makeState()
            var steps = try clip.dropLast().compactMap { try workspace.step($0, &state) }
            steps += try workspace.steps(clip[clip.count - 1], &state, padEnd: true)
            #expect(steps == outputs, "\(setting)")
        }
    }

    /// A norm and an activation that go into the convolution give what they give by themselves.
    @Test func fusionChangesNothing() throws {
        var generator = RandomGenerator(seed: 11)
        for seed in UInt64(0)..<10 {
            let input = FrameShape(5)
            let fused = try Plan(
                Sequential {
                    Conv1d(5, 7, kernel: 3)
                    BatchNorm(7)
                    Activation.silu
                }, input: input, weights: .random(seed: seed))
            // A softmax between keeps nothing together, a delay of one step neither.
            let plain = try Plan(
                Sequential {
                    Conv1d(5, 7, kernel: 3)
                    Named("", Delay(1))
                    BatchNorm(7).named("1")
                    Named("", Delay(1))
                    Activation.silu
                }, input: input, weights: .random(seed: seed))
            #expect(fused.layers.count == 1)
            #expect(plain.layers.count == 5)
            let (one, other) = (Workspace(plan: fused), Workspace(plan: plain))
            var (a, b) = (fused.makeState(), plain.makeState())
            var expected: [[Float]?] = [nil, nil]
            for _ in 0..<12 {
                let frame = (0..<5).map { _ in Float(generator.normal()) }
                expected.append(try one.step(frame, &a))
                let output = try other.step(frame, &b)
                let wanted = expected.removeFirst()
                #expect((output == nil) == (wanted == nil))
                for (x, y) in zip(output ?? [], wanted ?? []) { #expect(abs(x - y) < 1e-5) }
            }
        }
    }
}
