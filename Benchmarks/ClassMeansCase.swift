import Experts
import Memory
import Tensors

/// Class means alone: 384 dimensions, 150 classes, predict and learn a sample at a time.
struct ClassMeansCase {
    /// The length of an embedding.
    static let dimension = 384
    /// The number of classes.
    static let classes = 150

    /// Milliseconds that each of 20,000 samples took, after 3,000 that are not counted.
    static func times() throws -> [Double] {
        var configuration = EnsembleConfiguration()
        configuration.experts = [.means]
        var sizes = BottleneckConfiguration()
        // The memory takes no part; the smallest will do.
        (sizes.codebooks, sizes.keys, sizes.keyDimension) = (1, 1, 1)
        var memory = try Bottleneck(configuration: sizes, dimension: dimension)
        var ensemble = try Ensemble(configuration: configuration, memory: sizes, dimension: dimension)
        var random = RandomGenerator(seed: 1)
        let pool = (0..<(500 * dimension)).map { _ in Float(random.normal()) }
        try memory.initialiseKeys(from: pool)
        try memory.freeze()
        ensemble.initialise(from: pool)
        guard let keys = memory.frozenKeys else { preconditionFailure("the keys were frozen just before") }
        var room = Ensemble.Room(ensemble)
        var scores = [Float](repeating: 0, count: classes)
        var times: [Double] = []
        for number in 0..<23_000 {
            let label = random.below(classes)
            let vector = (0..<dimension).map { Float($0 % classes == label ? 2 : 0) + Float(random.normal()) }
            let id = "\(number)"
            let start = ContinuousClock.now
            let batch = try EncodedBatch(vector, keys: keys, features: ensemble.frozen)
            batch.withSample(0) { sample in
                scores.withUnsafeMutableBufferPointer {
                    ensemble.score(sample, codes: sample.codes, memory: memory, room: &room, into: $0)
                }
                ensemble.learn(sample, classIndex: label, weight: 1, id: id, source: nil)
            }
            if number >= 3_000 { times.append(start.duration(to: .now) / .milliseconds(1)) }
        }
        return times
    }
}
