import Memory
import Tensors

/// The memory alone, without a service: keys at random, queries at random, ten classes. The same work as
/// `scripts/peers/torch_bottleneck.py`, which is given its queries projected; here each codebook sees a chunk.
struct MemoryCase {
    /// L or S.
    let name: String
    let codebooks: Int
    let keys: Int
    let keyDimension: Int

    /// The smaller first: a process seldom gives back what it once had resident.
    static let all = [
        MemoryCase(name: "S", codebooks: 64, keys: 512, keyDimension: 8),
        MemoryCase(name: "L", codebooks: 256, keys: 4_096, keyDimension: 14),
    ]

    /// The number of classes.
    static let classes = 10

    /// A frozen memory of this size that has learned nothing.
    func memory(_ readout: BottleneckConfiguration.ReadoutRule) throws -> Bottleneck {
        var configuration = BottleneckConfiguration()
        configuration.codebooks = codebooks
        configuration.keys = keys
        configuration.keyDimension = keyDimension
        configuration.split = .chunk
        configuration.readout = readout
        configuration.learningRate = 0.3
        configuration.labelSmoothing = 0.1
        configuration.gradientClip = 1
        var random = RandomGenerator(seed: 1)
        let values = (0..<(codebooks * keys * keyDimension)).map { _ in Float(random.normal()) }
        var memory = try Bottleneck(
            configuration: configuration, projection: Projection(chunksOf: codebooks * keyDimension),
            keys: values)
        memory.growClasses(to: Self.classes)
        return memory
    }

    /// Milliseconds that calls on a batch took: 200 calls, or as many as fit the time.
    ///
    /// - Parameter learns: a step of learning if true, the scores alone if not; either begins with the codes.
    func times(_ memory: inout Bottleneck, batch: Int, learns: Bool, seconds: Double) throws -> [Double] {
        var random = RandomGenerator(seed: UInt64(batch) + (learns ? 100 : 0))
        let dimension = codebooks * keyDimension
        var vectors = [Float](repeating: 0, count: batch * dimension)
        var codes = [UInt16](repeating: 0, count: batch * memory.codesPerRecord)
        var scores = [Float](repeating: 0, count: Self.classes)
        var labels = [Int](repeating: 0, count: batch)
        var times: [Double] = []
        let deadline = ContinuousClock.now + .seconds(seconds)
        while times.count < 3 || times.count < 200 && ContinuousClock.now < deadline {
            for index in vectors.indices { vectors[index] = Float(random.normal()) }
            for index in labels.indices { labels[index] = random.below(Self.classes) }
            let start = ContinuousClock.now
            try vectors.withUnsafeBufferPointer { vectors in
                try codes.withUnsafeMutableBufferPointer { codes in
                    try memory.encode(vectors, rows: batch, into: codes)
                }
            }
            // A step of gradient descent asks for the scores by itself; counts are asked before they learn.
            if !learns || memory.configuration.readout == .counts {
                for record in 0..<batch {
                    let range = (record * memory.codesPerRecord)..<((record + 1) * memory.codesPerRecord)
                    codes.withUnsafeBufferPointer { codes in
                        scores.withUnsafeMutableBufferPointer { scores in
                            memory.score(UnsafeBufferPointer(rebasing: codes[range]), into: scores)
                        }
                    }
                }
            }
            if learns, batch > 1 {
                memory.learnBatch(codes, classIndices: labels)
            } else if learns {
                codes.withUnsafeBufferPointer { memory.learn($0, classIndex: labels[0]) }
            }
            times.append(start.duration(to: .now) / .milliseconds(1))
        }
        return times
    }
}
