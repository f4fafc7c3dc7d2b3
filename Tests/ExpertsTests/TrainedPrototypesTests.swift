import Experts
import Memory
import Tensors
import Testing

/// The prototype layer: its loss against a plain one in double precision, its promises on any input, and what
/// it is good for.
@Suite struct TrainedPrototypesTests {
    static let seeds: [UInt64] = [1, 2, 3, 4, 5]

    /// A store of samples.
    private struct Store {
        var vectors: [Float] = []
        var classIndices: [Int] = []
        let dimension: Int

        var rows: Int { classIndices.count }
        var weights: [Float] { [Float](repeating: 1, count: rows) }

        func row(_ index: Int) -> ArraySlice<Float> {
            vectors[(index * dimension)..<((index + 1) * dimension)]
        }

        mutating func append(_ vector: [Float], _ classIndex: Int) {
            vectors += vector
            classIndices.append(classIndex)
        }

        func fitted(
            classCount: Int, weights: [Float]? = nil, seed: UInt64 = 1,
            _ configuration: TrainedPrototypes.Configuration = .init()
        ) -> TrainedPrototypes? {
            .fitted(
                to: vectors, rows: rows, classIndices: classIndices, weights: weights ?? self.weights,
                classCount: classCount, configuration: configuration, seed: seed)
        }
    }

    /// Classes of two clusters each, at random places.
    private func bimodal(
        _ random: inout RandomGenerator, classes: Int = 4, dimension: Int = 6
    ) -> (store: Store, test: Store) {
        let places = (0..<(2 * classes * dimension)).map { _ in Float(random.normal()) }
        func draw(_ count: Int) -> Store {
            var store = Store(dimension: dimension)
            for index in 0..<count {
                let cluster = index % (2 * classes)
                store.append(
                    (0..<dimension).map { places[cluster * dimension + $0] + 0.3 * Float(random.normal()) },
                    cluster % classes)
            }
            return store
        }
        return (draw(40 * classes), draw(250 * classes))
    }

    private func scores(_ model: TrainedPrototypes, _ vector: some Sequence<Float>, count: Int) -> [Float] {
        var scores = [Float](repeating: .nan, count: count)
        Array(vector).withUnsafeBufferPointer { vector in
            scores.withUnsafeMutableBufferPointer { model.score(vector, into: $0) }
        }
        return scores
    }

    private func accuracy(_ test: Store, _ score: (ArraySlice<Float>) -> [Float]) -> Double {
        let right = (0..<test.rows).filter { row in
            let scores = score(test.row(row))
            return scores.indices.max { scores[$0] < scores[$1] } == test.classIndices[row]
        }
        return Double(right.count) / Double(test.rows)
    }

    /// The scores of nearest class mean.
    private func meanScores(_ store: Store, classes: Int) -> (ArraySlice<Float>) -> [Float] {
        let means = (0..<classes).map { index in
            let own = (0..<store.rows).filter { store.classIndices[$0] == index }
            return (0..<store.dimension).map { d in
                own.reduce(0) { $0 + store.vectors[$1 * store.dimension + d] } / Float(own.count)
            }
        }
        return { vector in means.map { -zip(vector, $0).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } } }
    }

    // MARK: - The loss

    /// The paper's loss in double precision, written from its formulas.
    private struct PlainLoss {
        let vectors: [[Double]]
        let classIndices: [Int]
        let weights: [Double]
        let configuration: TrainedPrototypes.Configuration

        func parts(_ prototypes: [[Double]], _ readout: [[Double]]) -> (ce: Double, r1: Double, r2: Double) {
            let distances = vectors.map { z in
                prototypes.map { p in
                    zip(z, p).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(z.count)
                }
            }
            let total = weights.reduce(0, +)
            var (ce, r2) = (0.0, 0.0)
            for (i, row) in distances.enumerated() {
                let mean = row.reduce(0, +) / Double(row.count)
                let logits = readout[0].indices.map { c in
                    row.indices.reduce(0) { $0 + (row[$1] - mean) * readout[$1][c] }
                }
                let normaliser = logarithm(logits.reduce(0) { $0 + exponential($1) })
                ce += weights[i] / total * (normaliser - logits[classIndices[i]])
                r2 += weights[i] / total * row.min()!
            }
            let r1 = prototypes.indices.reduce(0) { sum, j in sum + distances.map { $0[j] }.min()! }
            return (ce, r1 / Double(prototypes.count), r2)
        }

        func total(_ prototypes: [[Double]], _ readout: [[Double]]) -> Double {
            let (ce, r1, r2) = parts(prototypes, readout)
            return Double(configuration.crossEntropyWeight) * ce
                + Double(configuration.sampleNearnessWeight) * r1
                + Double(configuration.prototypeNearnessWeight) * r2
        }
    }

    @Test("Loss and gradient are those of the formulas, by central differences", arguments: seeds)
    func gradient(seed: UInt64) {
        var random = RandomGenerator(seed: seed)
        let (batch, dimension, count, classes) = (9, 5, 7, 3)
        func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(random.normal()) } }
        let z = numbers(batch * dimension)
        let p = numbers(count * dimension)
        let w = numbers(count * classes)
        let labels = (0..<batch).map { _ in random.below(classes) }
        let weights = (0..<batch).map { _ in Float(0.2 + random.uniform()) }
        var configuration = TrainedPrototypes.Configuration()
        configuration.crossEntropyWeight = 2
        configuration.sampleNearnessWeight = 3
        configuration.prototypeNearnessWeight = 5

        func doubles(_ values: [Float], _ columns: Int) -> [[Double]] {
            stride(from: 0, to: values.count, by: columns).map {
                values[$0..<($0 + columns)].map(Double.init)
            }
        }
        let plain = PlainLoss(
            vectors: doubles(z, dimension), classIndices: labels, weights: weights.map(Double.init),
            configuration: configuration)
        let outcome = PrototypeLoss(configuration: configuration).outcome(
            vectors: .init(z, rows: batch, columns: dimension), classIndices: labels, weights: weights,
            prototypes: PrototypeLoss.Matrix(p, rows: count, columns: dimension).transposed(),
            readout: .init(w, rows: count, columns: classes))

        let parts = plain.parts(doubles(p, dimension), doubles(w, classes))
        #expect(abs(Double(outcome.crossEntropy) - parts.ce) < 1e-5, "seed \(seed)")
        #expect(abs(Double(outcome.sampleNearness) - parts.r1) < 1e-5, "seed \(seed)")
        #expect(abs(Double(outcome.prototypeNearness) - parts.r2) < 1e-5, "seed \(seed)")

        let step = Float(0x1p-12)
        func slope(_ values: [Float], _ index: Int, _ total: ([Float]) -> Double) -> Double {
            var (above, below) = (values, values)
            above[index] += step
            below[index] -= step
            return (total(above) - total(below)) / (Double(above[index]) - Double(below[index]))
        }
        let ofPrototypes = outcome.prototypeGradient.transposed().unpadded()
        for index in p.indices {
            let expected = slope(p, index) { plain.total(doubles($0, dimension), doubles(w, classes)) }
            #expect(
                abs(Double(ofPrototypes[index]) - expected) < 1e-4 * (1 + abs(expected)),
                "seed \(seed), P \(index)")
        }
        let ofReadout = outcome.readoutGradient.unpadded()
        for index in w.indices {
            let expected = slope(w, index) { plain.total(doubles(p, dimension), doubles($0, classes)) }
            #expect(
                abs(Double(ofReadout[index]) - expected) < 1e-4 * (1 + abs(expected)),
                "seed \(seed), W \(index)")
        }
    }

    @Test("Training lowers the loss, and so does the second fit of W", arguments: seeds)
    func learning(seed: UInt64) throws {
        var random = RandomGenerator(seed: seed)
        let store = bimodal(&random).store
        let configuration = TrainedPrototypes.Configuration()
        func loss(_ model: TrainedPrototypes) -> (all: Float, crossEntropy: Float) {
            let count = model.classIndices.count
            let outcome = PrototypeLoss(configuration: configuration).outcome(
                vectors: .init(store.vectors, rows: store.rows, columns: store.dimension),
                classIndices: store.classIndices, weights: store.weights,
                prototypes: PrototypeLoss.Matrix(model.vectors, rows: count, columns: store.dimension)
                    .transposed(),
                readout: .init(model.readout, rows: count, columns: 4))
            let all =
                configuration.crossEntropyWeight * outcome.crossEntropy
                + configuration.sampleNearnessWeight * outcome.sampleNearness
                + configuration.prototypeNearnessWeight * outcome.prototypeNearness
            return (all, outcome.crossEntropy)
        }
        var training = try #require(
            PrototypeTraining(
                vectors: store.vectors, rows: store.rows, classIndices: store.classIndices,
                weights: store.weights, classCount: 4, configuration: configuration, seed: seed))
        let start = loss(training.model())
        training.train()
        let trained = loss(training.model())
        training.project()
        let projected = loss(training.model())
        training.refit()
        let refitted = loss(training.model())
        #expect(trained.all < start.all, "seed \(seed)")
        #expect(refitted.crossEntropy < projected.crossEntropy, "seed \(seed)")
        print("seed \(seed): loss \(start.all) -> \(trained.all), CE \(projected) -> \(refitted)")
    }

    // MARK: - What a layer is

    @Test("A prototype is a row of its own class, and no two are the same", arguments: seeds)
    func sources(seed: UInt64) throws {
        var random = RandomGenerator(seed: seed)
        var store = bimodal(&random).store
        // Every row twice: distinct rows are half as many.
        store.vectors += store.vectors
        store.classIndices += store.classIndices
        let model = try #require(store.fitted(classCount: 4, seed: seed))
        #expect(model.classIndices == (0..<4).flatMap { [$0, $0, $0, $0] }, "seed \(seed)")
        var seen = Set<[Float]>()
        for (j, source) in model.sources.enumerated() {
            let vector = Array(model.vectors[(j * 6)..<((j + 1) * 6)])
            #expect(store.classIndices[source] == model.classIndices[j], "seed \(seed), prototype \(j)")
            #expect(vector == Array(store.row(source)), "seed \(seed), prototype \(j)")
            #expect(seen.insert(vector).inserted, "seed \(seed), prototype \(j)")
        }
    }

    @Test("Scores are D W, and the columns of W sum to zero", arguments: seeds)
    func layer(seed: UInt64) throws {
        var random = RandomGenerator(seed: seed)
        let (store, test) = bimodal(&random)
        let model = try #require(store.fitted(classCount: 4, seed: seed))
        let count = model.classIndices.count
        for c in 0..<4 {
            let sum = (0..<count).reduce(0.0) { $0 + Double(model.readout[$1 * 4 + c]) }
            #expect(abs(sum) < 1e-4, "seed \(seed), class \(c)")
        }
        for row in 0..<50 {
            let given = scores(model, test.row(row), count: 4)
            for c in 0..<4 {
                let logit = (0..<count).reduce(0.0) { sum, j in
                    let square = zip(test.row(row), model.vectors[(j * 6)..<((j + 1) * 6)]).reduce(0.0) {
                        $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
                    }
                    return sum + square / 6 * Double(model.readout[j * 4 + c])
                }
                #expect(
                    abs(Double(given[c]) - logit) < 1e-4 * (1 + abs(logit)),
                    "seed \(seed), row \(row), class \(c)")
            }
        }
    }

    @Test("The same input gives the same bits; rows that are left out and the unit of weights change none")
    func sameBits() throws {
        var random = RandomGenerator(seed: 7)
        let store = bimodal(&random).store
        let model = try #require(store.fitted(classCount: 4))
        #expect(store.fitted(classCount: 4) == model)
        #expect(store.fitted(classCount: 4, weights: store.weights.map { $0 * 8 }) == model)
        #expect(store.fitted(classCount: 4, seed: 2) != model)

        var more = Store(dimension: 6)
        for vector: [Float] in [
            [.nan, 0, 0, 0, 0, 0], [.infinity, 0, 0, 0, 0, 0], [0, 2e4, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0],
        ] { more.append(vector, 3) }
        more.vectors += store.vectors
        more.classIndices += store.classIndices
        var weights = more.weights
        weights[3] = 0
        let other = try #require(more.fitted(classCount: 4, weights: weights))
        #expect(other.vectors == model.vectors && other.readout == model.readout)
        #expect(other.sources == model.sources.map { $0 + 4 })
    }

    @Test("Where classes have two clusters it is better than nearest class mean", arguments: seeds)
    func bimodalClasses(seed: UInt64) throws {
        var random = RandomGenerator(seed: seed)
        let (store, test) = bimodal(&random)
        let model = try #require(store.fitted(classCount: 4, seed: seed))
        let layer = accuracy(test) { scores(model, $0, count: 4) }
        let means = accuracy(test, meanScores(store, classes: 4))
        print("seed \(seed): prototypes \(layer), class means \(means)")
        #expect(layer > means + 0.02, "seed \(seed): \(layer) against \(means)")
    }

    // MARK: - Bounds

    @Test("Fewer than two classes give no layer")
    func nothingToTellApart() {
        let empty = Store(dimension: 2)
        #expect(empty.fitted(classCount: 3) == nil)
        var store = empty
        store.append([1, 2], 1)
        store.append([2, 1], 1)
        #expect(store.fitted(classCount: 3) == nil)
        store.append([.nan, 0], 0)
        #expect(store.fitted(classCount: 3) == nil)
        store.append([0, 0], 0)
        #expect(store.fitted(classCount: 3) != nil)
        #expect(store.fitted(classCount: 3, weights: [1, 1, 1, 0]) == nil)
        #expect(store.fitted(classCount: 3, weights: [0, -1, 1, 1]) == nil)
    }

    @Test("A class has no more prototypes than distinct rows; one without rows scores -infinity")
    func fewRows() throws {
        var store = Store(dimension: 3)
        for _ in 0..<5 { store.append([1, 0, 0], 0) }
        store.append([0, 1, 0], 2)
        for index in 0..<9 { store.append([0, 0, Float(1 + index % 3)], 4) }
        let model = try #require(store.fitted(classCount: 6))
        #expect(model.classIndices == [0, 2, 4, 4, 4])
        #expect(model.sources[..<2] == [0, 5])
        #expect(Set(model.sources[2...]) == [6, 7, 8])
        for row in 0..<store.rows {
            let scores = scores(model, store.row(row), count: 8)
            for index in [1, 3, 5, 6, 7] { #expect(scores[index] == -.infinity) }
            for index in [0, 2, 4] { #expect(scores[index].isFinite) }
            #expect(scores.indices.max { scores[$0] < scores[$1] } == store.classIndices[row])
        }
        #expect(scores(model, [0, 1, 0], count: 3).count == 3)
    }

    @Test("No input makes numbers that are none")
    func finite() throws {
        var random = RandomGenerator(seed: 11)
        for (name, size) in [("equal", Float(0)), ("tiny", 1e-30), ("largest", 1e4)] {
            var store = Store(dimension: 4)
            for index in 0..<40 {
                store.append((0..<4).map { _ in size * Float(2 * random.uniform() - 1) }, index % 3)
            }
            let weights = (0..<40).map { [Float.leastNonzeroMagnitude, 1, .greatestFiniteMagnitude][$0 % 3] }
            for weights in [store.weights, weights] {
                let model = try #require(store.fitted(classCount: 3, weights: weights), "\(name)")
                #expect(model.readout.allSatisfy { $0.isFinite }, "\(name)")
                for row in 0..<store.rows {
                    #expect(scores(model, store.row(row), count: 3).allSatisfy { $0.isFinite }, "\(name)")
                }
            }
        }
    }

    @Test("The limits of prototypes and of work hold")
    func limits() throws {
        var random = RandomGenerator(seed: 13)
        let (store, test) = bimodal(&random)
        var configuration = TrainedPrototypes.Configuration()
        configuration.prototypeLimit = 9
        #expect(try #require(store.fitted(classCount: 4, configuration)).sources.count == 8)
        configuration.prototypeLimit = 1
        #expect(try #require(store.fitted(classCount: 4, configuration)).sources.count == 4)

        configuration = .init()
        configuration.multiplyAddLimit = 0
        let untrained = try #require(store.fitted(classCount: 4, configuration))
        configuration.multiplyAddLimit = 1e9
        configuration.stepLimit = 0
        #expect(try #require(store.fitted(classCount: 4, configuration)) == untrained)
        #expect(accuracy(test) { scores(untrained, $0, count: 4) } > 0.5)
    }
}
