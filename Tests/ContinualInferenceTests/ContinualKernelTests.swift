import CKernels
import Foundation
import Tensors
import Testing

/// The kernels of continual inference against plain loops in double precision.
@Suite struct ContinualKernelTests {
    static let activations = [
        WEIR_LINEAR, WEIR_RELU, WEIR_SILU, WEIR_SIGMOID, WEIR_TANH, WEIR_GELU, WEIR_LEAKY_RELU, WEIR_ELU,
        WEIR_HARD_SWISH, WEIR_SOFTPLUS, WEIR_RELU6,
    ].map { Int32($0) }
    static let slope: Float = 0.25

    static func activated(_ x: Double, _ activation: Int32) -> Double {
        let slope = Double(Self.slope)
        switch Int(activation) {
        case WEIR_RELU: return x < 0 ? 0 : x
        case WEIR_SILU: return x / (1 + exp(-x))
        case WEIR_SIGMOID: return 1 / (1 + exp(-x))
        case WEIR_TANH: return tanh(x)
        case WEIR_GELU: return x / 2 * erfc(-x / 2.0.squareRoot())
        case WEIR_LEAKY_RELU: return x < 0 ? slope * x : x
        case WEIR_ELU: return x < 0 ? slope * expm1(x) : x
        case WEIR_HARD_SWISH: return x * (min(max(x + 3, 0), 6) / 6)
        case WEIR_SOFTPLUS: return max(x, 0) + log1p(exp(-abs(x)))
        case WEIR_RELU6: return min(max(x, 0), 6)
        default: return x
        }
    }

    func floats(_ count: Int, _ random: inout RandomGenerator) -> [Float] {
        (0..<count).map { _ in Float(random.uniform() * 2 - 1) }
    }

    func expect(
        _ values: [Float], near expected: [Double], _ comment: String, tolerance: Double = 3e-6,
        at location: SourceLocation = #_sourceLocation
    ) {
        for (index, (value, expected)) in zip(values, expected).enumerated()
        where !(abs(Double(value) - expected) <= tolerance * (1 + abs(expected))) {
            Issue.record("\(comment), element \(index): \(value), not \(expected)", sourceLocation: location)
            return
        }
    }

    /// Calls `body` with a pointer to row `rows[i]` of `x` for each i; a number below zero gives no pointer.
    func withRows<R>(
        _ rows: [Int], of width: Int, in x: [Float], _ body: ([UnsafePointer<Float>?]) -> R
    ) -> R {
        x.withUnsafeBufferPointer { buffer in
            body(rows.map { row in row < 0 ? nil : buffer.baseAddress.map { $0 + row * width } })
        }
    }

    @Test("Activations over all magnitudes", arguments: activations)
    func activation(_ activation: Int32) {
        var random = RandomGenerator(seed: UInt64(activation))
        var x = [Float]()
        for exponent in -126...127 {
            for _ in 0..<9 {
                let value = Float(sign: .plus, exponent: exponent, significand: Float(1 + random.uniform()))
                x += [value, -value]
            }
        }
        var out = [Float](repeating: 0, count: x.count)
        weir_activate(x, x.count, activation, Self.slope, &out)
        for (x, value) in zip(x, out) {
            let expected = Self.activated(Double(x), activation)
            let error = abs(Double(value) - expected)
            #expect(
                error <= max(1e-7, 2.5e-7 * abs(expected)), "\(activation) of \(x): \(value), not \(expected)"
            )
        }
        let limits: [Float] = [.nan, .infinity, -.infinity]
        weir_activate(limits, 3, activation, Self.slope, &out)
        #expect(out[0].isNaN)
        #expect(Double(out[1]) == Self.activated(.infinity, activation))
        let far = Self.activated(-Double(Float.greatestFiniteMagnitude), activation)
        if Int(activation) == WEIR_LINEAR || Int(activation) == WEIR_LEAKY_RELU {
            #expect(out[2] == -.infinity)
        } else {
            #expect(Double(out[2]) == far)
        }
    }

    @Test("Products of gathered rows, and a batch has the bits of its singles", arguments: 1...60)
    func gatherGemm(seed: Int) {
        var random = RandomGenerator(seed: UInt64(seed))
        let rows = 1 + random.below(40), taps = 1 + random.below(9), channels = 1 + random.below(70)
        let outputs = 1 + random.below(300), offset = random.below(5), stride = outputs + random.below(4)
        let activation = Self.activations[seed % Self.activations.count], width = channels + offset
        let x = floats(20 * width, &random), weights = floats(taps * channels * outputs, &random)
        let bias = floats(outputs, &random), biased = seed % 3 > 0
        let places = (0..<(rows * taps)).map { _ in random.below(20) }
        var packed = [Float](repeating: .nan, count: weir_packed_count(taps * channels, outputs))
        weir_pack(weights, taps * channels, outputs, &packed)
        let untouched: Float = 777
        var out = [Float](repeating: untouched, count: rows * stride)
        var singles = out
        withRows(places, of: width, in: x) { pointers in
            weir_gather_gemm(
                pointers, rows, taps, channels, offset, packed, outputs, biased ? bias : nil, activation,
                Self.slope, &out, stride)
            singles.withUnsafeMutableBufferPointer { singles in
                for row in 0..<rows {
                    weir_gather_gemm(
                        Array(pointers[(row * taps)..<((row + 1) * taps)]), 1, taps, channels, offset, packed,
                        outputs, biased ? bias : nil, activation, Self.slope,
                        singles.baseAddress! + row * stride,
                        stride)
                }
            }
        }
        #expect(out == singles, "seed \(seed)")
        var expected = [Double](repeating: Double(untouched), count: out.count)
        for row in 0..<rows {
            for o in 0..<outputs {
                var sum = biased ? Double(bias[o]) : 0
                for tap in 0..<taps {
                    for c in 0..<channels {
                        let value = x[places[row * taps + tap] * width + offset + c]
                        sum += Double(weights[(tap * channels + c) * outputs + o]) * Double(value)
                    }
                }
                expected[row * stride + o] = Self.activated(sum, activation)
            }
        }
        expect(out, near: expected, "seed \(seed)", tolerance: 1e-5)
    }

    @Test("Depthwise products, sums and maxima of gathered rows", arguments: 1...40)
    func gather(seed: Int) {
        var random = RandomGenerator(seed: UInt64(seed))
        let rows = 1 + random.below(9), taps = 1 + random.below(9), channels = 1 + random.below(140)
        let activation = Self.activations[seed % Self.activations.count]
        let x = floats(20 * channels, &random), weights = floats(taps * channels, &random)
        let bias = floats(channels, &random)
        let places = (0..<(rows * taps)).map { _ in random.below(20) }
        let some = places.enumerated().map { $0 % taps > 0 && random.below(3) == 0 ? -1 : $1 }
        var product = [Float](repeating: 0, count: rows * channels), sum = product, greatest = product
        withRows(places, of: channels, in: x) {
            weir_gather_depthwise($0, rows, taps, channels, weights, bias, activation, Self.slope, &product)
        }
        withRows(some, of: channels, in: x) {
            weir_gather_sum($0, rows, taps, channels, 0.5, &sum)
            weir_gather_max($0, rows, taps, channels, &greatest)
        }
        var products = [Double](), sums = [Double](), maxima = [Double]()
        for row in 0..<rows {
            for c in 0..<channels {
                let indices = (row * taps)..<((row + 1) * taps)
                let total = indices.reduce(Double(bias[c])) {
                    $0 + Double(weights[($1 - row * taps) * channels + c])
                        * Double(x[places[$1] * channels + c])
                }
                products.append(Self.activated(total, activation))
                let present = some[indices].filter { $0 >= 0 }.map { Double(x[$0 * channels + c]) }
                sums.append(present.reduce(0, +) / 2)
                maxima.append(present.max() ?? -.infinity)
            }
        }
        expect(product, near: products, "seed \(seed)")
        expect(sum, near: sums, "seed \(seed)")
        #expect(greatest.map(Double.init) == maxima, "seed \(seed)")
    }
}
