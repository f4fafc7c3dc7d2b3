import Digests
import Experts
import Memory
import Tensors
import Testing

/// Sums of whole numbers: what they promise about order, taking back and merging holds to the bit.
@Suite struct MomentsTests {
    private struct Samples {
        let size: Int
        let vectors: [[Int16]]
        let classes: [Int]
        let weights: [Int]

        init(seed: UInt64, count: Int, size: Int = 9, classCount: Int = 4) {
            var random = RandomGenerator(seed: seed)
            self.size = size
            vectors = (0..<count).map { _ in (0..<size).map { _ in Int16(random.below(8_191) - 4_095) } }
            classes = (0..<count).map { _ in random.below(classCount) }
            weights = (0..<count).map { _ in [1, 1, 1, 2, 3, 10_000][random.below(6)] }
        }

        func moments(_ rows: some Sequence<Int>, classes other: [Int]? = nil) -> Moments {
            var moments = Moments(size: size)
            for row in rows {
                moments.add(vectors[row], classIndex: (other ?? classes)[row], weight: weights[row])
            }
            return moments
        }

        /// `w x xᵀ` summed up by whole numbers.
        var products: [Double] {
            var sums = [Int](repeating: 0, count: size * (size + 1) / 2)
            for (vector, weight) in zip(vectors, weights) {
                var next = 0
                for row in 0..<size {
                    for column in 0...row {
                        sums[next] += weight * Int(vector[row]) * Int(vector[column])
                        next += 1
                    }
                }
            }
            return sums.map(Double.init)
        }
    }

    /// The sums and weights of the classes that have any.
    private func present(_ moments: Moments) -> [Int: [Int]] {
        Dictionary(
            uniqueKeysWithValues: moments.weights.indices.filter { moments.weights[$0] != 0 }
                .map { ($0, [moments.weights[$0]] + moments.sums[$0]) })
    }

    private func packed(_ moments: Moments) -> [Double] {
        var copy = moments
        return copy.folded().packed
    }

    private func isSame(_ a: Moments, _ b: Moments) -> Bool {
        packed(a) == packed(b) && present(a) == present(b)
    }

    private func digest(_ moments: Moments, _ order: [Int]) -> String {
        let hash = SHA256()
        moments.update(hash, order: order)
        return hash.hexadecimal()
    }

    static let counts = [0, 1, 255, 256, 257, 600]

    @Test(
        "Sums are those of whole numbers, in any order and folded anywhere", arguments: Gaussians.seeds,
        counts)
    func exact(seed: UInt64, count: Int) {
        let samples = Samples(seed: seed, count: count)
        var random = RandomGenerator(seed: seed &+ 50)
        let straight = samples.moments(0..<count)
        #expect(packed(straight) == samples.products, "seed \(seed), \(count) rows")
        #expect(straight.total == samples.weights.reduce(0, +))
        for _ in 0..<3 {
            var other = Moments(size: samples.size)
            for row in random.permutation(count) {
                other.add(
                    samples.vectors[row], classIndex: samples.classes[row], weight: samples.weights[row])
                if random.below(100) < 3 { other.fold() }
            }
            #expect(isSame(straight, other), "seed \(seed), \(count) rows")
            #expect(digest(straight, [2, 0, 3, 1]) == digest(other, [2, 0, 3, 1]))
        }
    }

    @Test("What is taken back leaves nothing", arguments: Gaussians.seeds, counts)
    func takenBack(seed: UInt64, count: Int) {
        let samples = Samples(seed: seed, count: count)
        var random = RandomGenerator(seed: seed &+ 60)
        let leaving =
            (0..<count).filter { _ in random.below(3) == 0 } + (0..<count).filter { samples.classes[$0] == 3 }
        let gone = Set(leaving)
        var moments = samples.moments(0..<count)
        for row in random.permutation(count) where gone.contains(row) {
            moments.add(samples.vectors[row], classIndex: samples.classes[row], weight: -samples.weights[row])
        }
        let never = samples.moments((0..<count).filter { !gone.contains($0) })
        #expect(isSame(moments, never), "seed \(seed), \(count) rows")
        #expect(digest(moments, [0, 1, 2, 3]) == digest(never, [0, 1, 2, 3]))
        #expect(moments.sums.indices.allSatisfy { moments.sums[$0].isEmpty == (moments.weights[$0] == 0) })
    }

    @Test("Merged classes are as if learned as one", arguments: Gaussians.seeds)
    func merged(seed: UInt64) {
        let samples = Samples(seed: seed, count: 300)
        for (from, to) in [(1, 2), (2, 1), (0, 7), (3, 3), (9, 0)] {
            var moments = samples.moments(0..<300)
            moments.merge(from, into: to)
            let direct = samples.moments(0..<300, classes: samples.classes.map { $0 == from ? to : $0 })
            #expect(isSame(moments, direct), "seed \(seed), \(from) into \(to)")
        }
    }

    @Test("A forgotten class leaves its scatter alone", arguments: Gaussians.seeds)
    func forgotten(seed: UInt64) {
        let samples = Samples(seed: seed, count: 300)
        let before = samples.moments(0..<300)
        var moments = before
        moments.forget(2)
        moments.forget(17)
        var expected = present(before)
        expected[2] = nil
        #expect(present(moments) == expected, "seed \(seed)")
        // The residue: s sᵀ / n, rounded.
        let others = packed(samples.moments((0..<300).filter { samples.classes[$0] != 2 }))
        let own = packed(samples.moments((0..<300).filter { samples.classes[$0] == 2 }))
        let sums = before.sums[2].map(Double.init)
        let after = packed(moments)
        var next = 0
        for row in 0..<samples.size {
            for column in 0...row {
                let mean = (sums[row] * sums[column] / Double(before.weights[2])).rounded()
                #expect(after[next] == others[next] + own[next] - mean, "seed \(seed), \(row), \(column)")
                // A scatter, up to the rounding.
                if row == column { #expect(own[next] - mean >= -1) }
                next += 1
            }
        }
    }

    @Test("Sums that may no longer be exact are full, and not when what filled them is forgotten")
    func full() {
        let vector = [Int16](repeating: 4_095, count: 3)
        var moments = Moments(size: 3)
        // Each block adds less than 2^46.
        var blocks = 0
        while !moments.isFull, blocks < 1_000 {
            for _ in 0..<Moments.blockRows { moments.add(vector, classIndex: 0, weight: 10_000) }
            blocks += 1
        }
        let expected = Moments.squareLimit / (Double(Moments.blockRows) * 10_000 * 4_095 * 4_095)
        #expect(blocks == Int(expected) + 1, "\(blocks)")
        let products = packed(moments)
        #expect(products[0] > Moments.squareLimit && products[0] < 0x1p53)
        #expect(products[0] == Double(blocks * Moments.blockRows * 10_000) * 4_095 * 4_095)
        var one = moments
        for _ in 0..<Moments.blockRows { one.add(vector, classIndex: 0, weight: -10_000) }
        #expect(!one.isFull)
        var all = moments
        all.forget(0)
        #expect(!all.isFull)
    }

    @Test("Without second moments the first are the same", arguments: Gaussians.seeds)
    func firstAlone(seed: UInt64) throws {
        let samples = Samples(seed: seed, count: 300)
        let both = samples.moments(0..<300)
        var first = Moments(size: samples.size, hasProducts: false)
        for row in 0..<300 {
            first.add(samples.vectors[row], classIndex: samples.classes[row], weight: samples.weights[row])
        }
        #expect(present(first) == present(both) && packed(first).isEmpty, "seed \(seed)")
        let file = try Safetensors(bytes: Safetensors(tensors: first.tensors("m")).encoded())
        let restored = try Moments(restoring: file, "m", size: samples.size, hasProducts: false)
        #expect(isSame(restored, first), "seed \(seed)")
        #expect(throws: MemoryError.self) { try Moments(restoring: file, "m", size: samples.size) }
        first.forget(1)
        first.merge(0, into: 2)
        #expect(first.weights[1] == 0 && first.weights[0] == 0 && !first.isFull)
    }

    @Test("A snapshot restores the bits", arguments: Gaussians.seeds, counts)
    func restored(seed: UInt64, count: Int) throws {
        let samples = Samples(seed: seed, count: count)
        var moments = samples.moments(0..<count)
        for row in 0..<count where samples.classes[row] == 1 {
            moments.add(samples.vectors[row], classIndex: 1, weight: -samples.weights[row])
        }
        let file = try Safetensors(bytes: Safetensors(tensors: moments.tensors("m")).encoded())
        var restored = try Moments(restoring: file, "m", size: samples.size)
        #expect(isSame(moments, restored), "seed \(seed), \(count) rows")
        #expect(restored.weights == moments.weights)
        #expect(restored.isFull == moments.isFull)
        // And goes on as the other does.
        for row in 0..<min(40, count) {
            moments.add(samples.vectors[row], classIndex: 1, weight: 2)
            restored.add(samples.vectors[row], classIndex: 1, weight: 2)
        }
        #expect(isSame(moments, restored), "seed \(seed), \(count) rows")
        #expect(throws: MemoryError.self) { try Moments(restoring: file, "m", size: samples.size + 1) }
    }
}
