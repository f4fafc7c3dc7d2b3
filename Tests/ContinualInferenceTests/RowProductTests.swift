import CKernels
import Tensors
import Testing

/// Products of rows that follow each other are those of rows by pointers, to the bit.
@Suite struct RowProductTests {
    @Test(arguments: 1...40) func equalsGatheredRows(_ seed: Int) {
        var random = RandomGenerator(seed: UInt64(seed))
        let rows = 1 + random.below(40)
        let channels = 1 + random.below(70)
        let outputs = 1 + random.below(100)
        let activation = Int32([WEIR_LINEAR, WEIR_RELU, WEIR_SILU][random.below(3)])
        func floats(_ count: Int) -> [Float] { (0..<count).map { _ in Float(random.normal()) } }
        let x = floats(rows * channels)
        let weights = floats(channels * outputs)
        let bias = floats(outputs)
        var packed = [Float](repeating: 0, count: weir_packed_count(channels, outputs))
        weir_pack(weights, channels, outputs, &packed)
        // One float more, which nobody may write.
        var direct = [Float](repeating: 7, count: rows * outputs + 1)
        var gathered = direct
        weir_gemm(x, rows, channels, packed, outputs, bias, activation, 0, &direct)
        x.withUnsafeBufferPointer { buffer in
            let taps: [UnsafePointer<Float>?] = (0..<rows).map { row in
                buffer.baseAddress.map { $0 + row * channels }
            }
            weir_gather_gemm(
                taps, rows, 1, channels, 0, packed, outputs, bias, activation, 0, &gathered, outputs)
        }
        #expect(direct == gathered, "seed \(seed): \(rows) x \(channels) to \(outputs)")
        #expect(direct.last == 7)
    }

    @Test func whatIsNoNumberStaysNone() {
        for activation in [WEIR_RELU, WEIR_SILU, WEIR_SIGMOID, WEIR_TANH, WEIR_GELU, WEIR_SOFTPLUS] {
            var out: [Float] = [0, 0]
            weir_activate([.nan, 1], 2, Int32(activation), 0, &out)
            #expect(out[0].isNaN && !out[1].isNaN, "activation \(activation)")
        }
    }
}
