import Tensors
import Testing

@Suite struct RandomGeneratorTests {
    @Test("A seed stands for its numbers for ever")
    func reproducible() {
        var random = RandomGenerator(seed: 1)
        // From the authors' C code of xoshiro256** and SplitMix64.
        #expect(
            (0..<3).map { _ in random.next() } == [
                12_966_619_160_104_079_557, 9_600_361_134_598_540_522, 10_590_380_919_521_690_900,
            ])
    }

    @Test func moments() {
        var random = RandomGenerator(seed: 7)
        let values = (0..<100_000).map { _ in random.normal() }
        let mean = values.reduce(0, +) / 1e5
        let variance = values.reduce(0) { $0 + $1 * $1 } / 1e5
        #expect(abs(mean) < 0.02 && abs(variance - 1) < 0.03, "seed 7: mean \(mean), variance \(variance)")
    }

    @Test func permutationHoldsAll() {
        var random = RandomGenerator(seed: 3)
        for count in [0, 1, 2, 100] { #expect(random.permutation(count).sorted() == Array(0..<count)) }
    }
}
