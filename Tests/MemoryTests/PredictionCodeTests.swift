import Memory
import Tensors
import Testing

/// Predictions look at the nearest of the used keys, whatever was learned, taken back and restored.
@Suite struct PredictionCodeTests {
    private let dimension = 24

    private func memory(_ seed: UInt64, _ change: (inout BottleneckConfiguration) -> Void) throws -> (
        memory: Bottleneck, vectors: [Float]
    ) {
        var configuration = BottleneckConfiguration()
        configuration.codebooks = 6
        configuration.keys = 70
        configuration.keyDimension = 4
        configuration.seed = seed
        change(&configuration)
        var random = RandomGenerator(seed: seed)
        let vectors = (0..<(200 * dimension)).map { _ in Float(random.normal()) }
        var memory = try Bottleneck(configuration: configuration, dimension: dimension)
        try memory.initialiseKeys(from: vectors)
        try memory.freeze()
        return (memory, vectors)
    }

    /// The prediction codes by plain loops over all keys.
    private func expected(_ memory: Bottleneck, _ vectors: [Float], _ codes: [UInt16]) -> [UInt16] {
        let configuration = memory.configuration
        let (c, j, k, t) = (
            configuration.codebooks, configuration.keys, configuration.keyDimension, configuration.neighbours
        )
        let keys = memory.codebooks?.values() ?? []
        let uses = memory.readout.uses
        let rows = vectors.count / dimension
        var queries = [Float](repeating: 0, count: rows * memory.projection.stride)
        memory.projection.project(vectors, rows: rows, into: &queries)
        return (0..<(rows * c)).flatMap { position -> [UInt16] in
            let (row, codebook) = (position / c, position % c)
            let used = (0..<j).filter { uses[codebook * j + $0] > 0 }
            guard !used.isEmpty else { return Array(codes[(position * t)..<((position + 1) * t)]) }
            let start = row * memory.projection.stride + codebook * k
            let scores = used.map { key -> Float in
                let own = keys[((codebook * j + key) * k)..<((codebook * j + key + 1) * k)]
                var sum = own.reduce(0) { $0 + $1 * $1 } / 2
                for (offset, value) in own.enumerated() {
                    let product = queries[start + offset] * value
                    sum = sum - product
                }
                return sum
            }
            let order = used.indices.sorted { (scores[$0], used[$0]) < (scores[$1], used[$1]) }
            let unused = (0..<j).filter { uses[codebook * j + $0] == 0 }
            return (order.map { used[$0] } + unused).prefix(t).map { UInt16($0) }
        }
    }

    @Test(
        "The nearest used keys, by plain loops", arguments: 1...6 as ClosedRange<UInt64>,
        [("counts", 1), ("sgd", 1), ("counts", 3), ("sgd chunk", 1), ("faithful", 2)])
    func predictionCodes(seed: UInt64, kind: (String, Int)) throws {
        var (memory, vectors) = try memory(seed) {
            if kind.0 != "counts" { $0.readout = .sgd }
            if kind.0 == "sgd chunk" { $0.split = .chunk }
            $0.faithful = kind.0 == "faithful"
            $0.neighbours = kind.1
        }
        let codes = try memory.encode(vectors, rows: 200)
        #expect(try memory.encodeForPrediction(vectors, rows: 200) == codes, "nothing learned, seed \(seed)")
        let each = memory.codesPerRecord
        var random = RandomGenerator(seed: seed)
        var learned: [(row: Int, label: Int)] = []
        for step in 0..<60 {
            let row = random.below(200)
            try Array(codes[(row * each)..<((row + 1) * each)]).withUnsafeBufferPointer {
                if kind.0 == "counts", step % 3 == 2, let last = learned.popLast() {
                    let start = last.row * each
                    try Array(codes[start..<(start + each)]).withUnsafeBufferPointer {
                        try memory.unlearn($0, classIndex: last.label)
                    }
                } else {
                    learned.append((row, random.below(4)))
                    memory.learn($0, classIndex: learned[learned.count - 1].label)
                }
            }
            guard step % 20 == 0 || step == 59 else { continue }
            let found = try memory.encodeForPrediction(vectors, rows: 200)
            #expect(found == expected(memory, vectors, codes), "seed \(seed), \(kind), step \(step)")
            let uses = memory.readout.uses
            let j = memory.configuration.keys
            for codebook in 0..<6 {
                for key in 0..<j {
                    #expect(
                        memory.usedKeys.contains(key, of: codebook) == (uses[codebook * j + key] > 0),
                        "seed \(seed), \(kind)")
                }
            }
        }
        let labels = (0..<4).map { "class \($0)" }
        memory.growClasses(to: 4)
        let restored = try Bottleneck(
            restoring: Safetensors(tensors: memory.snapshot(labels: labels)),
            configuration: memory.configuration, dimension: dimension, labels: labels)
        #expect(restored.usedKeys == memory.usedKeys, "seed \(seed), \(kind)")
    }

    @Test(
        "Fresh keys: all there serve a sample, none equals another, all lie among the samples",
        arguments: BottleneckConfiguration.KeyMethod.allCases, 1...4 as ClosedRange<UInt64>)
    func freshKeys(method: BottleneckConfiguration.KeyMethod, seed: UInt64) throws {
        // Ten points, each many times over, and a few hundred samples around them.
        var random = RandomGenerator(seed: seed)
        let points = (0..<10).map { _ in (0..<24).map { _ in Float(random.normal() * 5) } }
        let vectors = (0..<900).flatMap { sample -> [Float] in
            let point = points[random.below(10)]
            return sample % 3 == 0 ? point.map { $0 + Float(random.normal() * 0.1) } : point
        }
        var configuration = BottleneckConfiguration()
        configuration.codebooks = 6
        configuration.keyDimension = 4
        configuration.split = .chunk
        configuration.keyMethod = method
        configuration.seed = seed
        for keys in [5, 64, 400] {
            configuration.keys = keys
            var memory = try Bottleneck(configuration: configuration, dimension: dimension)
            let report = try memory.initialiseKeys(from: vectors)
            #expect(report.samples == 900)
            #expect(report.repeated == 0, "seed \(seed), \(method), \(keys) keys")
            let all = Double(6 * keys)
            #expect(
                Int((report.usage.usedRatio * all).rounded()) == 6 * keys - report.absent,
                "seed \(seed), \(method), \(keys) keys: \(report)")
            // 310 distinct samples.
            if keys <= 64 { #expect(report.absent == 0, "seed \(seed), \(method), \(keys) keys") }
            let codebooks = try #require(memory.codebooks)
            for codebook in 0..<6 {
                for key in (0..<keys).compactMap({ codebooks.key($0, of: codebook) }) {
                    for k in 0..<4 {
                        let column = (0..<900).map { vectors[$0 * 24 + codebook * 4 + k] }
                        let range = (column.min() ?? 0) - 0.001...(column.max() ?? 0) + 0.001
                        #expect(range.contains(key[k]), "seed \(seed), \(method), \(keys) keys")
                    }
                }
            }
        }
    }
}
