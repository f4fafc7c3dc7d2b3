import Experts
import Memory
import Tensors
import Testing

/// The kept samples: which they are follows from the samples alone.
@Suite struct ExemplarsTests {
    private func samples(_ seed: UInt64, count: Int, classCount: Int = 6) -> [(
        exemplar: Exemplar, classIndex: Int
    )] {
        var random = RandomGenerator(seed: seed)
        let empty = Exemplars(perClass: 5, bytesEach: 8, seed: 9)
        return (0..<count).map { number in
            // Some ids come twice, with other content.
            let id = "id \(number % 5 == 4 ? number - 1 : number)"
            let source =
                random.below(3) == 0
                ? nil
                : SampleSource(
                    topic: "topic \(random.below(2))", partition: Int32(random.below(2)),
                    offset: Int64(random.below(2)))
            return (
                Exemplar(
                    hash: empty.hash(of: id), id: id, source: source, weight: 1 + random.below(2),
                    codes: [UInt16(random.below(3))], steps: [Int16(random.below(2)), 0]),
                // Classes of very different frequency.
                min(random.below(classCount), random.below(classCount))
            )
        }
    }

    private func kept(
        _ samples: some Sequence<(exemplar: Exemplar, classIndex: Int)>, perClass: Int = 5, bytesEach: Int = 8
    ) -> Exemplars {
        var exemplars = Exemplars(perClass: perClass, bytesEach: bytesEach, seed: 9)
        for (exemplar, classIndex) in samples {
            if exemplars.mayKeep(hash: exemplar.hash, classIndex: classIndex) {
                exemplars.add(exemplar, classIndex: classIndex)
            }
        }
        return exemplars
    }

    /// Room for only nine of eight bytes, so that classes crowd each other out.
    private static let crowded = Exemplars.byteLimit / 9

    @Test("Any order keeps the same", arguments: Gaussians.seeds, [1, 10, 300])
    func order(seed: UInt64, count: Int) {
        let samples = samples(seed, count: count)
        var random = RandomGenerator(seed: seed &+ 9)
        for bytes in [8, Self.crowded] {
            let straight = kept(samples, bytesEach: bytes)
            for _ in 0..<5 {
                let other = kept(random.permutation(count).map { samples[$0] }, bytesEach: bytes)
                #expect(straight.byClass == other.byClass, "seed \(seed), \(count) samples")
            }
            let classes = Set(samples.map(\.classIndex)).count
            #expect(straight.count <= classes * 5)
            #expect(straight.byClass.allSatisfy { $0.count <= 5 })
            if bytes == Self.crowded { #expect(straight.count <= 9) }
            // The smallest hashes of each class.
            for (index, members) in straight.byClass.enumerated() {
                let own = samples.filter { $0.classIndex == index }.map(\.exemplar.hash).sorted()
                #expect(
                    members.map(\.hash) == Array(own.prefix(members.count)), "seed \(seed), class \(index)")
                #expect(!members.isEmpty || own.isEmpty)
            }
        }
    }

    @Test("Samples that differ in their record or their keys alone have an order too")
    func ties() {
        func exemplar(_ topic: String, _ code: UInt16) -> Exemplar {
            Exemplar(
                hash: 7, id: "same", source: SampleSource(topic: topic, partition: 0, offset: 0), weight: 1,
                codes: [code], steps: [1, 2])
        }
        let samples = [exemplar("a", 1), exemplar("b", 1), exemplar("a", 2)].map {
            (exemplar: $0, classIndex: 0)
        }
        let first = kept(samples, perClass: 2)
        for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            #expect(kept(order.map { samples[$0] }, perClass: 2).byClass == first.byClass, "\(order)")
        }
    }

    @Test("Room shrinks as classes come", arguments: Gaussians.seeds)
    func shrinking(seed: UInt64) {
        let samples = samples(seed, count: 400)
        var exemplars = Exemplars(perClass: 5, bytesEach: Self.crowded, seed: 9)
        for classIndex in 0..<6 {
            for (exemplar, _) in samples { exemplars.add(exemplar, classIndex: classIndex) }
            #expect(exemplars.byClass.count == classIndex + 1)
            #expect(
                exemplars.byClass.allSatisfy { $0.count == min(5, 9 / (classIndex + 1)) },
                "class \(classIndex)")
        }
    }

    @Test("Taken out, nothing is left, where nothing had to give way", arguments: Gaussians.seeds)
    func removed(seed: UInt64) {
        let samples = samples(seed, count: 60)
        var exemplars = kept(samples, perClass: 1_000)
        var random = RandomGenerator(seed: seed)
        let leaving = random.permutation(60).prefix(25)
        for row in leaving {
            let (exemplar, classIndex) = samples[row]
            let wasKept = exemplars.remove(
                id: exemplar.id, weight: exemplar.weight, steps: exemplar.steps, classIndex: classIndex)
            #expect(wasKept, "seed \(seed)")
        }
        let never = kept((0..<60).filter { !leaving.contains($0) }.map { samples[$0] }, perClass: 1_000)
        // Of twins one is as good as the other: they differ in their record alone.
        func content(_ exemplars: Exemplars) -> [[String]] {
            exemplars.byClass.map { $0.map { "\($0.id) \($0.weight) \($0.steps)" } }
        }
        #expect(content(exemplars).joined().sorted() == content(never).joined().sorted(), "seed \(seed)")
        let wasKept = exemplars.remove(id: "nobody", weight: 1, steps: [0, 0], classIndex: 0)
        #expect(!wasKept)
        exemplars.remove(classIndex: 0)
        #expect(exemplars.byClass[0].isEmpty)
    }

    @Test("Merged classes keep what one class would have kept", arguments: Gaussians.seeds)
    func merged(seed: UInt64) {
        let samples = samples(seed, count: 200)
        for (from, to) in [(0, 1), (1, 0), (2, 8), (9, 1), (1, 1)] {
            var exemplars = kept(samples)
            exemplars.merge(from, into: to)
            let direct = kept(samples.map { ($0.exemplar, $0.classIndex == from ? to : $0.classIndex) })
            for index in 0..<9 {
                let a = index < exemplars.byClass.count ? exemplars.byClass[index] : []
                let b = index < direct.byClass.count ? direct.byClass[index] : []
                #expect(a == b, "seed \(seed), \(from) into \(to), class \(index)")
            }
        }
    }
}
