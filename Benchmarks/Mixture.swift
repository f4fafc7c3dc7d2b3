import Messages
import Tensors

/// Labelled samples without end: a mixture of Gaussians, one a class.
struct Mixture {
    private let centres: [[Float]]
    private var random: RandomGenerator
    private var count = 0

    init(dimension: Int, classes: Int, seed: UInt64) {
        random = RandomGenerator(seed: seed)
        var random = random
        centres = (0..<classes).map { _ in (0..<dimension).map { _ in Float(random.normal()) } }
        self.random = random
    }

    /// The next sample; its id is its number.
    mutating func next() -> Sample {
        let classIndex = random.below(centres.count)
        let features = centres[classIndex].map { $0 + Float(random.normal()) }
        defer { count += 1 }
        return Sample(id: String(count), features: features, label: "class-\(classIndex)")
    }
}
