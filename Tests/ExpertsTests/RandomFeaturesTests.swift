import Experts
import Memory
import Tensors
import Testing

/// The random features against their definition in double precision.
@Suite struct RandomFeaturesTests {
    private func encoded(_ features: RandomFeatures, _ steps: [Int16]) -> [UInt8] {
        var bytes = [UInt8](repeating: 99, count: features.count)
        steps.withUnsafeBufferPointer { steps in
            bytes.withUnsafeMutableBufferPointer { features.encode(steps, into: $0) }
        }
        return bytes
    }

    private func hadamard(_ values: [Double]) -> [Double] {
        values.indices.map { i in
            values.indices.reduce(0) { $0 + ((i & $1).nonzeroBitCount % 2 == 0 ? 1 : -1) * values[$1] }
        }
    }

    /// The features before their positive part is taken and rounded, in steps.
    private func expected(_ steps: [Int16], count: Int, seed: UInt64) -> [Double] {
        var width = 16
        while width < steps.count { width *= 2 }
        var random = RandomGenerator(seed: seed &* 0x9e37_79b9_7f4a_7c15 &+ 0x5eed)
        var bits: [Double] = []
        while bits.count < count * 3 {
            let word = random.next()
            bits += (0..<64).map { word >> UInt64($0) & 1 == 0 ? 1 : -1 }
        }
        let norm = steps.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        var result: [Double] = []
        for block in 0..<(count / width) {
            var values = steps.map { norm > 0 ? Double($0) / norm : 0 }
            values += [Double](repeating: 0, count: width - steps.count)
            for round in 0..<3 {
                let signs = bits[((3 * block + round) * width)..<((3 * block + round + 1) * width)]
                values = hadamard(zip(values, signs).map { $0 * $1 / Double(width).squareRoot() })
            }
            let length = dot(values, values)
            #expect(norm == 0 || abs(length - 1) < 1e-9, "no rotation: \(length)")
            result += values.map { 64 * $0 * Double(width).squareRoot() }
        }
        return result
    }

    private func steps(_ random: inout RandomGenerator, _ dimension: Int, size: Double) -> [Int16] {
        (0..<dimension).map { _ in Int16(max(-4_095, min(4_095, size * random.normal()))) }
    }

    @Test("Features are those of the definition", arguments: Gaussians.seeds, [1, 12, 16, 17, 64, 100, 384])
    func definition(seed: UInt64, dimension: Int) {
        var random = RandomGenerator(seed: seed)
        let features = RandomFeatures(count: 300, dimension: dimension, seed: seed)
        let again = RandomFeatures(count: 300, dimension: dimension, seed: seed)
        var width = 16
        while width < dimension { width *= 2 }
        #expect(features.count == (300 + width - 1) / width * width)
        var differing = 0
        for size in [1.0, 30, 300, 4_000] {
            let steps = steps(&random, dimension, size: size)
            let bytes = encoded(features, steps)
            #expect(bytes == encoded(again, steps), "seed \(seed), dimension \(dimension)")
            for (byte, value) in zip(bytes, expected(steps, count: features.count, seed: seed)) {
                let exact = max(0, min(255, value))
                #expect(
                    abs(Double(byte) - exact) <= 0.501,
                    "seed \(seed), dimension \(dimension): \(byte), \(exact)")
                if byte != UInt8(exact.rounded()) { differing += 1 }
            }
        }
        // Only what lies half way between two steps may be rounded otherwise.
        #expect(
            differing <= 4 * features.count / 100 + 2, "seed \(seed), dimension \(dimension): \(differing)")
    }

    @Test("Only the direction counts, and another seed gives others", arguments: Gaussians.seeds)
    func direction(seed: UInt64) {
        var random = RandomGenerator(seed: seed)
        let features = RandomFeatures(count: 128, dimension: 40, seed: seed)
        let steps = steps(&random, 40, size: 200)
        let doubled = encoded(features, steps.map { 2 * $0 })
        let straight = encoded(features, steps)
        #expect(doubled == straight, "seed \(seed)")
        #expect(encoded(RandomFeatures(count: 128, dimension: 40, seed: seed &+ 1), steps) != straight)
        // Half of the features of the opposite direction are the other half.
        let opposite = encoded(features, steps.map { -$0 })
        #expect(zip(straight, opposite).allSatisfy { $0 == 0 || $1 == 0 }, "seed \(seed)")
    }

    @Test("The mean square of a feature is a half", arguments: Gaussians.seeds)
    func meanSquare(seed: UInt64) {
        var random = RandomGenerator(seed: seed)
        let features = RandomFeatures(count: 4_096, dimension: 50, seed: seed)
        let bytes = encoded(features, steps(&random, 50, size: 100))
        let square = bytes.reduce(0.0) { $0 + Double($1) * Double($1) } / 4_096 / Double(64 * 64)
        #expect(abs(square - 0.5) < 0.06, "seed \(seed): \(square)")
    }

    @Test("No direction has no features; extreme steps stay in range")
    func extremes() {
        for dimension in [1, 16, 17, 1_000] {
            let features = RandomFeatures(count: 64, dimension: dimension, seed: 3)
            #expect(encoded(features, [Int16](repeating: 0, count: dimension)).allSatisfy { $0 == 0 })
            for value: Int16 in [1, -1, 4_095, -4_095] {
                let all = encoded(features, [Int16](repeating: value, count: dimension))
                #expect(all.contains { $0 > 0 }, "dimension \(dimension), value \(value)")
                var single = [Int16](repeating: 0, count: dimension)
                single[dimension - 1] = value
                let one = encoded(features, single)
                // All coordinates of a Hadamard row have one size, but three rounds spread them.
                #expect(one.contains { $0 > 0 }, "dimension \(dimension), value \(value)")
            }
        }
    }
}
