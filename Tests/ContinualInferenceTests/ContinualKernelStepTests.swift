import CKernels
import Foundation
import Tensors
import Testing

extension ContinualKernelTests {
    /// The taps of a depthwise convolution of one output, by kernel position, those outside of the frame left out.
    private func taps(_ shape: weir_depthwise_shape, _ oy: Int, _ ox: Int) -> [(tap: Int, position: Int)] {
        (0..<(shape.kernel_height * shape.kernel_width)).compactMap { tap in
            let y =
                oy * shape.stride_height + tap / shape.kernel_width * shape.dilation_height - shape.pad_height
            let x =
                ox * shape.stride_width + tap % shape.kernel_width * shape.dilation_width - shape.pad_width
            return (0..<shape.height).contains(y) && (0..<shape.width).contains(x)
                ? (tap, y * shape.width + x) : nil
        }
    }

    @Test("A depthwise step and its accumulators", arguments: 1...80)
    func depthwiseStep(seed: Int) {
        var random = RandomGenerator(seed: UInt64(seed))
        var shape = weir_depthwise_shape()
        shape.channels = 1 + random.below(70)
        shape.depth = seed % 2 == 0 ? 3 : 2 + random.below(3)
        shape.kernel_height = seed % 2 == 0 ? 3 : 1 + random.below(4)
        shape.kernel_width = seed % 2 == 0 ? 3 : 1 + random.below(4)
        (shape.stride_height, shape.stride_width) = (1 + random.below(2), 1 + random.below(2))
        (shape.dilation_height, shape.dilation_width) = (1 + random.below(2), 1 + random.below(2))
        (shape.pad_height, shape.pad_width) = (random.below(3), random.below(3))
        let reach = (
            height: (shape.kernel_height - 1) * shape.dilation_height + 1,
            width: (shape.kernel_width - 1) * shape.dilation_width + 1
        )
        shape.height = max(1, reach.height - 2 * shape.pad_height) + random.below(9)
        shape.width = max(1, reach.width - 2 * shape.pad_width) + random.below(9)
        shape.out_height = (shape.height + 2 * shape.pad_height - reach.height) / shape.stride_height + 1
        shape.out_width = (shape.width + 2 * shape.pad_width - reach.width) / shape.stride_width + 1
        let (channels, depth, kernel) = (
            shape.channels, shape.depth, shape.kernel_height * shape.kernel_width
        )
        let count = shape.out_height * shape.out_width * channels, due = seed % 5 > 0
        let activation = Self.activations[seed % Self.activations.count]
        let x = floats(shape.height * shape.width * channels, &random)
        let weights = floats(depth * kernel * channels, &random), bias = floats(channels, &random)
        let before = floats((depth - 1) * count, &random)
        var after = before, out = [Float](repeating: 777, count: count)
        after.withUnsafeMutableBufferPointer { memory in
            let accumulators = (0..<(depth - 1)).map {
                memory.baseAddress.map { [offset = $0 * count] in $0 + offset }
            }
            out.withUnsafeMutableBufferPointer {
                weir_depthwise_step(
                    x, &shape, weights, bias, activation, Self.slope, accumulators, due ? $0.baseAddress : nil
                )
            }
        }
        var expected = [Double](repeating: 777, count: count)
        var memories = [Double](repeating: 0, count: before.count)
        for position in 0..<(shape.out_height * shape.out_width) {
            let inside = taps(shape, position / shape.out_width, position % shape.out_width)
            for c in 0..<channels {
                let at = position * channels + c
                for m in 0..<depth {
                    var sum = m < depth - 1 ? Double(before[m * count + at]) : 0
                    for (tap, place) in inside {
                        let weight = weights[((depth - 1 - m) * kernel + tap) * channels + c]
                        sum += Double(weight) * Double(x[place * channels + c])
                    }
                    if m > 0 {
                        memories[(m == depth - 1 ? 0 : m) * count + at] = sum
                    } else if due {
                        expected[at] = Self.activated(sum + Double(bias[c]), activation)
                    }
                }
            }
        }
        expect(out, near: expected, "seed \(seed), out")
        expect(after, near: memories, "seed \(seed), accumulators")
    }

    @Test("Attention, and a batch has the bits of its singles", arguments: 1...40)
    func attention(seed: Int) {
        var random = RandomGenerator(seed: UInt64(seed))
        var shape = weir_attention_shape()
        shape.queries = 1 + random.below(10)
        shape.tokens = seed % 10 == 0 ? 1_100 : 1 + random.below(60)
        shape.heads = 1 + random.below(9)
        (shape.key_width, shape.value_width, shape.scale) = (1 + random.below(80), 1 + random.below(200), 0.4)
        (shape.key_head, shape.value_head) = (seed % 2 == 0 ? 0 : shape.key_width, shape.value_width + 1)
        (shape.query_head, shape.out_head) = (shape.key_width + 1, shape.value_width)
        (shape.query_stride, shape.out_stride) = (
            shape.heads * shape.query_head, shape.heads * shape.out_head
        )
        let q = floats(shape.queries * shape.query_stride, &random)
        let keyWidth = shape.heads * shape.key_width, valueWidth = shape.heads * shape.value_head
        let keys = floats(shape.tokens * keyWidth, &random),
            values = floats(shape.tokens * valueWidth, &random)
        var scores = [Float](repeating: 0, count: shape.tokens)
        var out = [Float](repeating: 0, count: shape.queries * shape.out_stride), singles = out
        withRows(Array(0..<shape.tokens), of: keyWidth, in: keys) { keyRows in
            withRows(Array(0..<shape.tokens), of: valueWidth, in: values) { valueRows in
                weir_attention(q, keyRows, valueRows, &shape, &scores, &out)
                var single = shape
                single.queries = 1
                for row in 0..<shape.queries {
                    let query = Array(q[(row * shape.query_stride)...])
                    var one = [Float](repeating: 0, count: shape.out_stride)
                    weir_attention(query, keyRows, valueRows, &single, &scores, &one)
                    singles.replaceSubrange(
                        (row * shape.out_stride)..<((row + 1) * shape.out_stride), with: one)
                }
            }
        }
        #expect(out == singles, "seed \(seed)")
        var expected = [Double]()
        for row in 0..<shape.queries {
            for head in 0..<shape.heads {
                let query = row * shape.query_stride + head * shape.query_head
                let weights = (0..<shape.tokens).map { token in
                    let key = token * keyWidth + head * shape.key_head
                    return exp(
                        (0..<shape.key_width).reduce(0.0) {
                            $0 + Double(q[query + $1]) * Double(keys[key + $1])
                        }
                            * Double(shape.scale))
                }
                let total = weights.reduce(0, +)
                for d in 0..<shape.value_width {
                    let column = head * shape.value_head + d
                    let sum = weights.enumerated().reduce(0.0) {
                        $0 + $1.element * Double(values[$1.offset * valueWidth + column])
                    }
                    expected.append(sum / total)
                }
            }
        }
        expect(out, near: expected, "seed \(seed)")
    }

    @Test("What goes element by element, in place", arguments: 1...40)
    func pointwise(seed: Int) {
        var random = RandomGenerator(seed: UInt64(seed))
        let rows = 1 + random.below(40), channels = seed % 10 == 0 ? 3_000 : 1 + random.below(90)
        let count = rows * channels, activation = Self.activations[seed % Self.activations.count]
        let a = floats(count, &random), b = floats(count, &random)
        let scale = floats(channels, &random), shift = floats(channels, &random)
        func check(_ name: String, _ kernel: (inout [Float]) -> Void, _ plain: (Int) -> Double) {
            var out = a
            kernel(&out)
            expect(
                out, near: (0..<count).map { Self.activated(plain($0), activation) }, "\(name), seed \(seed)")
        }
        check("affine", { weir_affine($0, rows, channels, scale, shift, activation, Self.slope, &$0) }) {
            Double(scale[$0 % channels]) * Double(a[$0]) + Double(shift[$0 % channels])
        }
        check("gate", { weir_gate($0, rows, channels, scale, activation, Self.slope, &$0) }) {
            Double(scale[$0 % channels]) * Double(a[$0])
        }
        check("add", { weir_add($0, b, count, activation, Self.slope, &$0) }) {
            Double(a[$0]) + Double(b[$0])
        }
        check("multiply", { weir_multiply($0, b, count, activation, Self.slope, &$0) }) {
            Double(a[$0]) * Double(b[$0])
        }
        check("maximum", { weir_maximum($0, b, count, activation, Self.slope, &$0) }) {
            Double(max(a[$0], b[$0]))
        }
        var transposed = a
        weir_transpose(a, rows, channels, &transposed)
        #expect(transposed == (0..<count).map { a[$0 % rows * channels + $0 / rows] }, "seed \(seed)")
    }

    @Test("Softmax, layer normalisation and the cells", arguments: 1...40)
    func rowsAndCells(seed: Int) {
        var random = RandomGenerator(seed: UInt64(seed))
        let rows = 1 + random.below(5), width = 1 + random.below(150), epsilon: Float = 1e-5
        let x = floats(rows * width, &random).map { $0 * 9 }
        let gamma = floats(width, &random), beta = floats(width, &random)
        var softmax = x, normal = x
        x.withUnsafeBufferPointer { weir_softmax($0.baseAddress!, rows, width, &softmax) }
        weir_layer_norm(
            x, rows, width, seed % 2 == 0 ? gamma : nil, seed % 3 == 0 ? beta : nil, epsilon, &normal)
        var shares = [Double](), normals = [Double]()
        for row in 0..<rows {
            let values = x[(row * width)..<((row + 1) * width)].map(Double.init),
                mean = values.reduce(0, +) / Double(width)
            let total = values.reduce(0) { $0 + exp($1) }
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
            for (c, value) in values.enumerated() {
                shares.append(exp(value) / total)
                let scaled = (value - mean) / (variance + Double(epsilon)).squareRoot()
                normals.append(
                    scaled * (seed % 2 == 0 ? Double(gamma[c]) : 1) + (seed % 3 == 0 ? Double(beta[c]) : 0))
            }
        }
        expect(softmax, near: shares, "seed \(seed)")
        expect(normal, near: normals, "seed \(seed)", tolerance: 2e-5)

        let gates = floats(4 * width, &random).map { $0 * 5 }, hidden = floats(3 * width, &random)
        let before = floats(width, &random)
        var c = before, h = before, recurrent = before
        weir_lstm_cell(gates, width, &c, &h)
        weir_gru_cell(gates, hidden, width, &recurrent)
        func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
        var cells = [Double](), states = [Double](), others = [Double]()
        for k in 0..<width {
            let gate = (0..<4).map { Double(gates[$0 * width + k]) }
            cells.append(sigmoid(gate[1]) * Double(before[k]) + sigmoid(gate[0]) * tanh(gate[2]))
            states.append(sigmoid(gate[3]) * tanh(cells[k]))
            let from = (0..<3).map { Double(hidden[$0 * width + k]) }
            let z = sigmoid(gate[1] + from[1]), n = tanh(gate[2] + sigmoid(gate[0] + from[0]) * from[2])
            others.append((1 - z) * n + z * Double(before[k]))
        }
        expect(c, near: cells, "seed \(seed)")
        expect(h, near: states, "seed \(seed)")
        expect(recurrent, near: others, "seed \(seed)")
    }
}
