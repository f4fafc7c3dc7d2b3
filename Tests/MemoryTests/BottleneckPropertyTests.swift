import Memory
import Tensors
import Testing

/// What must hold whatever the numbers are.
@Suite struct BottleneckPropertyTests {
    static let seeds: [UInt64] = [1, 2, 3, 4, 5]

    private struct Stream {
        let vectors: [Float]
        let classes: [Int]
        let weights: [Int]
    }

    private let dimension = 24

    private func configuration(_ seed: UInt64, _ readout: BottleneckConfiguration.ReadoutRule = .counts)
        -> BottleneckConfiguration
    {
        var configuration = BottleneckConfiguration()
        configuration.codebooks = 12
        configuration.keys = 20
        configuration.keyDimension = 5
        configuration.readout = readout
        configuration.seed = seed
        return configuration
    }

    private func stream(_ seed: UInt64, count: Int = 300, classes: Int = 7) -> Stream {
        var random = RandomGenerator(seed: seed &+ 100)
        let labels = (0..<count).map { _ in random.below(classes) }
        let vectors = labels.flatMap { label in
            (0..<dimension).map { Float($0 == label ? 2 : 0) + Float(random.normal()) }
        }
        return Stream(
            vectors: vectors, classes: labels, weights: (0..<count).map { _ in 1 + random.below(3) })
    }

    private func memory(
        _ seed: UInt64, _ stream: Stream, _ readout: BottleneckConfiguration.ReadoutRule = .counts
    ) throws -> Bottleneck {
        var memory = try Bottleneck(configuration: configuration(seed, readout), dimension: dimension)
        try memory.initialiseKeys(from: stream.vectors)
        try memory.freeze()
        return memory
    }

    private let labels = (0..<7).map { "class \($0)" }

    private func learn(_ memory: inout Bottleneck, _ stream: Stream, _ order: [Int]) throws {
        let codes = try memory.encode(stream.vectors, rows: stream.classes.count)
        let perRecord = memory.codesPerRecord
        codes.withUnsafeBufferPointer { codes in
            for row in order {
                memory.learn(
                    UnsafeBufferPointer(rebasing: codes[(row * perRecord)..<((row + 1) * perRecord)]),
                    classIndex: stream.classes[row], weight: stream.weights[row])
            }
        }
    }

    private func scores(_ memory: Bottleneck, _ codes: ArraySlice<UInt16>, classes: Int = 7) -> [Float] {
        var scores = [Float](repeating: .nan, count: classes)
        Array(codes).withUnsafeBufferPointer { codes in
            scores.withUnsafeMutableBufferPointer { memory.score(codes, into: $0) }
        }
        return scores
    }

    @Test("A batch has the codes of its singles", arguments: seeds)
    func batchEqualsSingles(seed: UInt64) throws {
        let stream = stream(seed)
        let memory = try memory(seed, stream)
        let batch = try memory.encode(stream.vectors, rows: 300)
        for row in 0..<300 {
            let single = try memory.encode(
                Array(stream.vectors[(row * dimension)..<((row + 1) * dimension)]), rows: 1)
            #expect(single == Array(batch[(row * 12)..<((row + 1) * 12)]), "seed \(seed), row \(row)")
        }
    }

    @Test("Predicting changes nothing", arguments: seeds, BottleneckConfiguration.ReadoutRule.allCases)
    func predictingIsPure(seed: UInt64, readout: BottleneckConfiguration.ReadoutRule) throws {
        let stream = stream(seed)
        var memory = try memory(seed, stream, readout)
        try learn(&memory, stream, Array(0..<200))
        let before = memory.learnedHash(labels: labels)
        let codes = try memory.encode(stream.vectors, rows: 300)
        let first = scores(memory, codes[0..<12])
        for row in 0..<300 { _ = scores(memory, codes[(row * 12)..<((row + 1) * 12)]) }
        #expect(memory.learnedHash(labels: labels) == before, "seed \(seed)")
        #expect(scores(memory, codes[0..<12]) == first, "seed \(seed)")
    }

    @Test("Counts do not depend on the order, and sgd does", arguments: seeds)
    func orderOfLearning(seed: UInt64) throws {
        let stream = stream(seed)
        var random = RandomGenerator(seed: seed)
        for (readout, isFree) in [(BottleneckConfiguration.ReadoutRule.counts, true), (.sgd, false)] {
            var one = try memory(seed, stream, readout)
            var other = one
            try learn(&one, stream, Array(0..<300))
            try learn(&other, stream, random.permutation(300))
            #expect(
                (one.learnedHash(labels: labels) == other.learnedHash(labels: labels)) == isFree,
                "seed \(seed), \(readout)")
        }
    }

    @Test("Unlearning restores the bits, at any point, in any order", arguments: seeds)
    func unlearning(seed: UInt64) throws {
        let stream = stream(seed)
        var memory = try memory(seed, stream)
        try learn(&memory, stream, Array(0..<150))
        let before = memory.learnedHash(labels: labels)
        let pairs = memory.readout.counts?.pairCount
        try learn(&memory, stream, Array(150..<300))
        #expect(memory.learnedHash(labels: labels) != before, "seed \(seed)")
        let codes = try memory.encode(stream.vectors, rows: 300)
        var random = RandomGenerator(seed: seed)
        for offset in random.permutation(150) {
            let row = 150 + offset
            try Array(codes[(row * 12)..<((row + 1) * 12)]).withUnsafeBufferPointer {
                try memory.unlearn($0, classIndex: stream.classes[row], weight: stream.weights[row])
            }
        }
        #expect(memory.learnedHash(labels: labels) == before, "seed \(seed)")
        #expect(memory.readout.counts?.pairCount == pairs, "seed \(seed)")
    }

    @Test("What was never learned cannot be taken back, and nothing changes")
    func unlearningTheUnknown() throws {
        let stream = stream(9)
        var memory = try memory(9, stream)
        try learn(&memory, stream, Array(0..<10))
        let before = memory.learnedHash(labels: labels)
        let codes = try memory.encode(stream.vectors, rows: 300)
        #expect(throws: MemoryError.self) {
            try Array(codes[0..<12]).withUnsafeBufferPointer {
                try memory.unlearn($0, classIndex: stream.classes[0], weight: 99)
            }
        }
        #expect(memory.learnedHash(labels: labels) == before)
        var sgd = try self.memory(9, stream, .sgd)
        #expect(throws: MemoryError.self) {
            try Array(codes[0..<12]).withUnsafeBufferPointer { try sgd.unlearn($0, classIndex: 0) }
        }
    }

    @Test("Scores are the closed form over a plain table", arguments: seeds)
    func closedForm(seed: UInt64) throws {
        let stream = stream(seed)
        var memory = try memory(seed, stream)
        try learn(&memory, stream, Array(0..<300))
        let codes = try memory.encode(stream.vectors, rows: 300)
        var table: [SIMD3<Int>: Int] = [:]
        for row in 0..<300 {
            for c in 0..<12 {
                table[[c, Int(codes[row * 12 + c]), stream.classes[row]], default: 0] += stream.weights[row]
            }
        }
        for row in 0..<20 {
            let found = scores(memory, codes[(row * 12)..<((row + 1) * 12)])
            for y in 0..<7 {
                let total = (0..<300).reduce(0) { $0 + (stream.classes[$1] == y ? stream.weights[$1] : 0) }
                let expected = (0..<12).reduce(0.0) { sum, c in
                    let count = table[[c, Int(codes[row * 12 + c]), y]] ?? 0
                    return sum + logarithm((Double(count) + 0.1) / (Double(total) + 0.1 * 20))
                }
                #expect(abs(Double(found[y]) - expected) < 1e-3, "seed \(seed), row \(row), class \(y)")
            }
        }
        #expect(memory.readout.uses.reduce(0, +) == UInt64(stream.weights.reduce(0, +) * 12))
        #expect(memory.readout.counts?.pairCount == table.count)
    }

    @Test(
        "A class of which nothing was learned is no answer, a key at which nothing was learned says nothing")
    func nothingLearned() throws {
        let stream = stream(1)
        var memory = try memory(1, stream)
        let codes = try memory.encode(stream.vectors, rows: 300)
        Array(codes[..<12]).withUnsafeBufferPointer { memory.learn($0, classIndex: 2) }
        let found = scores(memory, codes[..<12], classes: 4)
        #expect(
            found[0] == -.infinity && found[1] == -.infinity && found[3] == -.infinity && found[2].isFinite)
        let far = (1..<300).first { row in (0..<12).allSatisfy { codes[row * 12 + $0] != codes[$0] } }
        if let far { #expect(scores(memory, codes[(far * 12)..<(far * 12 + 12)], classes: 3)[2] == 0) }
    }

    @Test(
        "A snapshot restores everything, and learning goes on alike", arguments: seeds,
        BottleneckConfiguration.ReadoutRule.allCases)
    func snapshots(seed: UInt64, readout: BottleneckConfiguration.ReadoutRule) throws {
        let stream = stream(seed)
        var memory = try memory(seed, stream, readout)
        try learn(&memory, stream, Array(0..<150))
        let labels = Array(self.labels.prefix((stream.classes[0..<150].max() ?? 0) + 1))
        let file = try Safetensors(bytes: Safetensors(tensors: memory.snapshot(labels: labels)).encoded())
        var copy = try Bottleneck(
            restoring: file, configuration: memory.configuration, dimension: dimension, labels: labels)
        #expect(copy.frozenHash() == memory.frozenHash())
        #expect(copy.learnedHash(labels: labels) == memory.learnedHash(labels: labels), "seed \(seed)")
        try learn(&memory, stream, Array(150..<300))
        try learn(&copy, stream, Array(150..<300))
        #expect(
            copy.learnedHash(labels: self.labels) == memory.learnedHash(labels: self.labels), "seed \(seed)")
    }

    @Test("A snapshot of other sizes is refused")
    func foreignSnapshot() throws {
        let stream = stream(1)
        let memory = try memory(1, stream)
        var other = memory.configuration
        other.keys = 21
        #expect(throws: MemoryError.self) {
            try Bottleneck(
                restoring: Safetensors(tensors: memory.snapshot(labels: [])), configuration: other,
                dimension: dimension, labels: [])
        }
    }

    @Test(
        "Keys: none equal, none lost, samples can be fewer than keys",
        arguments: BottleneckConfiguration.KeyMethod.allCases)
    func keys(method: BottleneckConfiguration.KeyMethod) throws {
        let stream = stream(4, count: 400)
        var configuration = configuration(4)
        configuration.keyMethod = method
        var memory = try Bottleneck(configuration: configuration, dimension: dimension)
        try memory.initialiseKeys(from: stream.vectors)
        let codebooks = try #require(memory.codebooks)
        for codebook in 0..<12 {
            let keys = (0..<20).compactMap { codebooks.key($0, of: codebook) }
            #expect(keys.count == 20)
            #expect(Set(keys).count == 20, "codebook \(codebook)")
        }
        // Five samples, one of them twice, make at most five keys; the rest are absent and never chosen.
        var few = try Bottleneck(configuration: configuration, dimension: dimension)
        let five = Array(stream.vectors[..<(5 * dimension)]) + Array(stream.vectors[..<dimension])
        try few.initialiseKeys(from: five)
        try few.freeze()
        let codes = try few.encode(stream.vectors, rows: 400)
        for codebook in 0..<12 {
            let present = (0..<20).filter { few.codebooks?.key($0, of: codebook) != nil }
            #expect(present.count == 5)
            #expect((0..<400).allSatisfy { present.contains(Int(codes[$0 * 12 + codebook])) })
        }
    }

    @Test("Misuse gives an error that says what to do")
    func misuse() throws {
        var memory = try Bottleneck(configuration: configuration(1), dimension: dimension)
        #expect(throws: MemoryError.self) {
            try memory.encode([Float](repeating: 0, count: dimension), rows: 1)
        }
        #expect(throws: MemoryError.self) { try memory.freeze() }
        #expect(throws: MemoryError.self) { try memory.initialiseKeys(from: []) }
        #expect(throws: MemoryError.self) { try memory.initialiseKeys(from: [1, 2, 3]) }
        try memory.initialiseKeys(from: stream(1).vectors)
        try memory.freeze()
        #expect(throws: MemoryError.self) { try memory.initialiseKeys(from: stream(1).vectors) }
        for change: (inout BottleneckConfiguration) -> Void in [
            { $0.codebooks = 0 }, { $0.keys = 70_000 }, { $0.smoothing = 0 }, { $0.smoothing = .nan },
            { $0.neighbours = 21 },
            { $0.labelSmoothing = 1 }, { $0.split = .chunk },
            {
                $0.codebooks = 4_096; $0.keys = 65_536
            },
        ] {
            var wrong = configuration(1)
            change(&wrong)
            #expect(throws: MemoryError.self) { try Bottleneck(configuration: wrong, dimension: dimension) }
        }
    }

    @Test("Several neighbours: the first is the nearest, none twice", arguments: [1, 2, 5, 20])
    func neighbours(count: Int) throws {
        let stream = stream(2)
        let nearest = try memory(2, stream)
        var configuration = configuration(2)
        configuration.neighbours = count
        let several = try Bottleneck(
            configuration: configuration, projection: nearest.projection,
            keys: try #require(nearest.codebooks).values())
        let one = try nearest.encode(stream.vectors, rows: 300)
        let all = try several.encode(stream.vectors, rows: 300)
        for position in 0..<(300 * 12) {
            let mine = all[(position * count)..<((position + 1) * count)]
            #expect(mine.first == one[position])
            #expect(Set(mine).count == count)
        }
    }
}
