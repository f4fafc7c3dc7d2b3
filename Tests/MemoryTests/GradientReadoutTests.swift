import Memory
import Tensors
import Testing

/// The gradient readout against its closed form in double precision.
@Suite struct GradientReadoutTests {
    @Test("Steps of batches that share keys", arguments: 1...12 as ClosedRange<UInt64>)
    func steps(seed: UInt64) {
        var random = RandomGenerator(seed: seed)
        let (c, j, t) = (1 + random.below(6), 1 + random.below(5), 1 + random.below(2))
        let isOpen = random.below(2) == 0
        let clip = [0.05, 100][random.below(2)]
        var classes = 1 + random.below(20)
        var readout = GradientReadout(
            codebooks: c, keys: j, classes: classes, learningRate: 3, labelSmoothing: 0.1, gradientClip: clip,
            isOpen: isOpen)
        var values = [Double](repeating: 0, count: c * j * 40)
        var uses = [UInt64](repeating: 0, count: c * j)
        for step in 0..<8 {
            if step % 3 == 2 {
                classes += random.below(8)
                readout.grow(toClasses: classes)
            }
            let batch = 1 + random.below(9)
            let codes = (0..<(batch * c * t)).map { _ in UInt16(random.below(j)) }
            let labels = (0..<batch).map { _ in random.below(classes) }
            let weight = 1 + random.below(2)
            var gradient = [Double](repeating: 0, count: values.count)
            var loss = 0.0
            for record in 0..<batch {
                let slots = (0..<(c * t)).map { $0 / t * j + Int(codes[record * c * t + $0]) }
                for slot in slots { uses[slot] += 1 }
                let logits = (0..<classes).map { y in
                    slots.reduce(0.0) { $0 + values[$1 * 40 + y] } / Double(c)
                }
                let total = logits.reduce(isOpen ? 1 : 0) { $0 + exponential($1) }
                let floor = 0.1 / Double(classes + (isOpen ? 1 : 0))
                if isOpen { loss += floor * logarithm(total) / Double(batch) }
                for y in 0..<classes {
                    let target = floor + (y == labels[record] ? 0.9 : 0)
                    loss -= target * (logits[y] - logarithm(total)) / Double(batch)
                    let error = target - exponential(logits[y]) / total
                    for slot in slots { gradient[slot * 40 + y] += error / Double(batch * c) }
                }
            }
            let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
            for index in values.indices {
                values[index] += 3 * Double(weight) * min(1, clip / (norm + 1e-6)) * gradient[index]
            }
            let seen = codes.withUnsafeBufferPointer {
                readout.learn($0, classIndices: labels, weight: weight)
            }
            #expect(abs(Double(seen.loss) - loss) < 1e-5, "seed \(seed), step \(step)")
            #expect(abs(Double(seen.gradientNorm) - norm) < 1e-5, "seed \(seed), step \(step)")
            let dense = (0..<(c * j)).flatMap { slot in (0..<classes).map { Float(values[slot * 40 + $0]) } }
            #expect(largestDifference(readout.denseValues(), dense) < 1e-5, "seed \(seed), step \(step)")
            #expect(readout.uses == uses, "seed \(seed), step \(step)")
        }
        var scores = [Float](repeating: 9, count: classes + 3)
        let codes = (0..<(c * t)).map { _ in UInt16(random.below(j)) }
        codes.withUnsafeBufferPointer { codes in
            scores.withUnsafeMutableBufferPointer { readout.score(codes, into: $0) }
        }
        let expected = (0..<classes).map { y in
            Float(
                (0..<(c * t)).reduce(0.0) { $0 + values[($1 / t * j + Int(codes[$1])) * 40 + y] } / Double(c))
        }
        #expect(largestDifference(scores, expected + [0, 0, 0]) < 1e-5, "seed \(seed)")
    }
}
