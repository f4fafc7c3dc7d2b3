import Memory
import Tensors

/// The making of ``TrainedPrototypes`` in its stages: start, ``train()``, ``project()``, ``refit()``.
package struct PrototypeTraining: Sendable {
    /// Lloyd iterations of the start in each class.
    private static let startPasses = 10
    /// The rows on which the size of W's start is chosen.
    private static let scaleRows = 500

    private let configuration: TrainedPrototypes.Configuration
    private let classCount: Int
    /// The rows that were usable, as the caller counts them: [n].
    private let rows: [Int]
    /// [n][d]
    private let vectors: PrototypeLoss.Matrix
    /// [n], places in `classes`.
    private let labels: [Int]
    private let weights: [Float]
    /// The classes that have rows, ascending.
    private let classes: [Int]
    /// The place in `classes` that each prototype stands for, ascending.
    private let owners: [Int]
    /// [d][m]
    private var prototypes: PrototypeLoss.Matrix
    /// [m][classes present]
    private var readout: PrototypeLoss.Matrix
    private let readoutRate: Float
    private var sources: [Int] = []
    private var random: RandomGenerator

    /// The start: prototypes at the centres of each class, W on the own class alone.
    ///
    /// The parameters and the nil are those of `TrainedPrototypes.fitted`.
    package init?(
        vectors: [Float], rows: Int, classIndices: [Int], weights: [Float], classCount: Int,
        configuration: TrainedPrototypes.Configuration, seed: UInt64
    ) {
        precondition(
            rows == classIndices.count && rows == weights.count, "labels or weights are not one a row")
        precondition(classIndices.allSatisfy { 0..<classCount ~= $0 }, "a label is not below \(classCount)")
        precondition(
            configuration.prototypesPerClass > 0 && configuration.prototypeLimit > 0
                && configuration.batchSize > 0,
            "prototypes and minibatches must not be empty")
        guard rows > 0 else { return nil }
        let dimension = vectors.count / rows
        precondition(
            dimension > 0 && vectors.count == rows * dimension, "the vectors are not rows x dimension")
        let usable = (0..<rows).filter { row in
            weights[row] > 0 && weights[row].isFinite
                && vectors[(row * dimension)..<((row + 1) * dimension)].allSatisfy {
                    abs($0) <= TrainedPrototypes.coordinateLimit
                }
        }
        let classes = Set(usable.map { classIndices[$0] }).sorted()
        guard classes.count > 1 else { return nil }
        var placeOfClass = [Int](repeating: 0, count: classCount)
        for (place, index) in classes.enumerated() { placeOfClass[index] = place }
        self.configuration = configuration
        self.classCount = classCount
        self.rows = usable
        self.classes = classes
        self.vectors = PrototypeLoss.Matrix(vectors, rows: rows, columns: dimension).rows(usable[...])
        // Only ratios of weights matter; below one, their sums cannot overflow.
        let largest = usable.map { weights[$0] }.max() ?? 1
        self.weights = usable.map { max(weights[$0] / largest, .leastNormalMagnitude) }
        labels = usable.map { placeOfClass[classIndices[$0]] }
        random = RandomGenerator(seed: seed)

        let perClass = max(
            1, min(configuration.prototypesPerClass, configuration.prototypeLimit / classes.count))
        var owners: [Int] = []
        var centres: [Float] = []
        var sizes: [Int] = []
        for place in classes.indices {
            let own = usable.filter { classIndices[$0] == classes[place] }
                .flatMap { vectors[($0 * dimension)..<((($0 + 1) * dimension))] }
            let means = Self.centres(own, dimension: dimension, count: perClass, random: &random)
            centres += means
            sizes.append(means.count / dimension)
            owners += Array(repeating: place, count: means.count / dimension)
        }
        self.owners = owners
        prototypes = PrototypeLoss.Matrix(centres, rows: owners.count, columns: dimension).transposed()

        var unit = PrototypeLoss.Matrix(rows: owners.count, columns: classes.count)
        for (j, place) in owners.enumerated() {
            unit.values[j * unit.stride + place] = -1 / Float(sizes[place])
        }
        let sample = random.permutation(usable.count).prefix(Self.scaleRows)
        var distances = PrototypeLoss.distances(self.vectors.rows(sample), prototypes)
        distances.centreRows()
        let labels = labels
        let normalised = self.weights
        let scale = Self.bestScale(
            logits: distances.times(unit), labels: sample.map { labels[$0] },
            weights: sample.map { normalised[$0] })
        for place in unit.values.indices { unit.values[place] *= scale }
        readout = unit
        readoutRate = configuration.learningRate * scale * Float(classes.count) / Float(owners.count)
    }

    /// The centres of k-means from a k-means++ start; fewer where there are fewer distinct rows.
    private static func centres(
        _ values: [Float], dimension: Int, count: Int, random: inout RandomGenerator
    ) -> [Float] {
        let rows = values.count / dimension
        var chosen = random.below(rows)
        var means: [Float] = []
        var nearest = [Float](repeating: .infinity, count: rows)
        while true {
            means += values[(chosen * dimension)..<((chosen + 1) * dimension)]
            if means.count == count * dimension { break }
            values.withUnsafeBufferPointer { values in
                for row in 0..<rows {
                    var square: Float = 0
                    for d in 0..<dimension {
                        let difference = values[row * dimension + d] - values[chosen * dimension + d]
                        square += difference * difference
                    }
                    nearest[row] = min(nearest[row], square)
                }
            }
            let total = nearest.reduce(0.0) { $0 + Double($1) }
            guard total > 0 else { break }
            var left = random.uniform() * total
            for row in 0..<rows where nearest[row] > 0 {
                chosen = row
                left -= Double(nearest[row])
                if left < 0 { break }
            }
        }
        var clusters = KMeans(means: means, dimension: dimension)
        values.withUnsafeBufferPointer { values in
            guard let queries = values.baseAddress else { return }
            for _ in 0..<startPasses {
                clusters.iterate(queries: queries, stride: dimension, samples: rows, reseed: true)
            }
        }
        return clusters.means
    }

    /// The factor among the powers of √2 from 1/4 to 1024 under which logits have the least cross-entropy.
    private static func bestScale(
        logits: PrototypeLoss.Matrix, labels: [Int], weights: [Float]
    ) -> Float {
        var best = (scale: 0.0, loss: Double.infinity)
        var scale = 0.25
        while scale <= 1024 {
            var loss = 0.0
            for i in labels.indices {
                let row = logits.values[(i * logits.stride)..<(i * logits.stride + logits.columns)]
                let largest = row.max() ?? 0
                let sum = row.reduce(0.0) { $0 + exponential(scale * Double($1 - largest)) }
                let own = Double(row[row.startIndex + labels[i]] - largest)
                loss += Double(weights[i]) * (logarithm(sum) - scale * own)
            }
            if loss < best.loss { best = (scale, loss) }
            scale *= 2.0.squareRoot()
        }
        return Float(best.scale)
    }

    /// Moves P and W down the whole loss, in minibatches.
    package mutating func train() {
        let loss = PrototypeLoss(configuration: configuration)
        let perSample =
            Double(owners.count) * (2 * Double(vectors.columns) + 3 * Double(classes.count))
        var prototypeSteps = Adam(count: prototypes.values.count)
        var readoutSteps = Adam(count: readout.values.count)
        forEachBatch(multiplyAddsPerSample: perSample, fixed: 0) { training, batch in
            let outcome = loss.outcome(
                vectors: training.vectors.rows(batch), classIndices: batch.map { training.labels[$0] },
                weights: batch.map { training.weights[$0] }, prototypes: training.prototypes,
                readout: training.readout)
            prototypeSteps.move(
                &training.prototypes.values, against: outcome.prototypeGradient.values,
                rate: training.configuration.learningRate)
            readoutSteps.move(
                &training.readout.values, against: outcome.readoutGradient.values, rate: training.readoutRate)
        }
    }

    /// Makes each prototype the nearest row of its class, no two of them the same vector: the closest pair
    /// first, the lower index among equals.
    package mutating func project() {
        sources = [Int](repeating: 0, count: owners.count)
        let trained = prototypes.transposed()
        var projected = trained
        for place in classes.indices {
            let own = labels.indices.filter { labels[$0] == place }
            let members = owners.indices.filter { owners[$0] == place }
            let distances = PrototypeLoss.distances(
                vectors.rows(own[...]), trained.rows(members[...]).transposed())
            var isFree = [Bool](repeating: true, count: own.count)
            var open = Array(members.indices)
            // A class has no more prototypes than distinct rows, so rows do not run out.
            while !open.isEmpty {
                var best = (member: open[0], position: 0, distance: Float.infinity)
                for member in open {
                    for position in own.indices where isFree[position] {
                        let distance = distances.values[position * distances.stride + member]
                        if distance < best.distance { best = (member, position, distance) }
                    }
                }
                let chosen = row(own[best.position])
                sources[members[best.member]] = own[best.position]
                let target = members[best.member] * projected.stride
                projected.values.replaceSubrange(target..<(target + projected.stride), with: chosen)
                open.removeAll { $0 == best.member }
                for position in own.indices where row(own[position]) == chosen { isFree[position] = false }
            }
        }
        prototypes = projected.transposed()
    }

    private func row(_ index: Int) -> ArraySlice<Float> {
        vectors.values[(index * vectors.stride)..<((index + 1) * vectors.stride)]
    }

    /// Moves W alone down the cross-entropy.
    package mutating func refit() {
        let fixed = Double(rows.count) * Double(owners.count) * Double(vectors.columns)
        guard fixed <= configuration.multiplyAddLimit / 2 else { return }
        let loss = PrototypeLoss(configuration: configuration)
        // The prototypes stay, so all distances are computed once.
        var distances = PrototypeLoss.distances(vectors, prototypes)
        distances.centreRows()
        var steps = Adam(count: readout.values.count)
        forEachBatch(
            multiplyAddsPerSample: 2 * Double(owners.count) * Double(classes.count), fixed: fixed
        ) { training, batch in
            let centred = distances.rows(batch)
            let (_, errors) = loss.errors(
                centred: centred, classIndices: batch.map { training.labels[$0] },
                weights: batch.map { training.weights[$0] }, readout: training.readout)
            steps.move(
                &training.readout.values, against: centred.transposed().times(errors).values,
                rate: training.readoutRate)
        }
    }

    /// Gives `body` minibatches of about equal size, each epoch in another order, until half of the
    /// multiply-adds or the steps are used up.
    private mutating func forEachBatch(
        multiplyAddsPerSample: Double, fixed: Double,
        _ body: (inout PrototypeTraining, ArraySlice<Int>) -> Void
    ) {
        let count = rows.count
        let batches = (count + configuration.batchSize - 1) / configuration.batchSize
        var left = configuration.multiplyAddLimit / 2 - fixed
        var order: [Int] = []
        for step in 0..<configuration.stepLimit {
            let batch = step % batches
            if batch == 0 { order = random.permutation(count) }
            let range = (count * batch / batches)..<(count * (batch + 1) / batches)
            left -= multiplyAddsPerSample * Double(range.count)
            if left < 0 { break }
            body(&self, order[range])
        }
    }

    /// The layer as it is now. Before ``project()`` it has no sources.
    package func model() -> TrainedPrototypes {
        // The training takes from the distances what they share; here their weights no longer see it.
        var columns = readout.transposed()
        columns.centreRows()
        let centred = columns.transposed()
        var all = PrototypeLoss.Matrix(rows: owners.count, columns: classCount)
        for j in owners.indices {
            for (place, index) in classes.enumerated() {
                all.values[j * all.stride + index] = centred.values[j * centred.stride + place]
            }
        }
        return TrainedPrototypes(
            classIndices: owners.map { classes[$0] }, sources: sources.map { rows[$0] },
            prototypes: prototypes, readout: all)
    }

    /// Adam (Kingma and Ba, 2015) with its usual constants.
    private struct Adam {
        private var means: [Float]
        private var squares: [Float]
        private var meanPower = 1.0
        private var squarePower = 1.0

        init(count: Int) {
            means = [Float](repeating: 0, count: count)
            squares = means
        }

        mutating func move(_ values: inout [Float], against gradient: [Float], rate: Float) {
            meanPower *= 0.9
            squarePower *= 0.999
            let step = Float(Double(rate) / (1 - meanPower))
            let correction = Float(1 / (1 - squarePower))
            values.withUnsafeMutableBufferPointer { values in
                means.withUnsafeMutableBufferPointer { means in
                    squares.withUnsafeMutableBufferPointer { squares in
                        gradient.withUnsafeBufferPointer { gradient in
                            for index in values.indices {
                                let slope = gradient[index]
                                means[index] = 0.9 * means[index] + 0.1 * slope
                                squares[index] = 0.999 * squares[index] + 0.001 * slope * slope
                                values[index] -=
                                    step * means[index] / ((squares[index] * correction).squareRoot() + 1e-8)
                            }
                        }
                    }
                }
            }
        }
    }
}
