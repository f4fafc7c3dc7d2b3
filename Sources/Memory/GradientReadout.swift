import Tensors

/// The paper's readout: a value per class at each key, the mean over codebooks of the fetched values as
/// logits, cross-entropy with label smoothing and plain gradient descent.
///
/// The gradient has a closed form, so a step touches only the rows that the batch fetched. With
/// `q = (1-ε) onehot(y) + ε/V`, `p = softmax(logits)`, B records, C codebooks, and `s = min(1, clip / (|G| + 1e-6))`:
/// `values[c, code] += η s / (B C) (q - p)`, summed over the records that fetched the row.
///
/// Where classes may still come, one that is not there yet takes part in the softmax with the logit zero.
/// Without it the first class alone would be certain from the start and learn nothing.
///
/// The result depends on the order of learning and cannot be taken back.
public struct GradientReadout: Sendable {
    /// What one step saw.
    public struct Step: Sendable {
        /// The mean loss of the batch before the step.
        public let loss: Float
        /// The norm of the gradient before clipping.
        public let gradientNorm: Float
    }

    /// C.
    public let codebooks: Int
    /// J.
    public let keys: Int
    /// V, the number of classes so far.
    public private(set) var classes: Int
    /// η.
    public let learningRate: Float
    /// ε.
    public let labelSmoothing: Float
    /// The norm at which a step is clipped.
    public let gradientClip: Float
    /// Whether a class that is not there yet takes part in the softmax.
    public let isOpen: Bool
    /// The row of each key in `values`, or -1 while it was never fetched in learning: [C][J].
    private var rows: [Int32]
    /// [rows][capacity]
    private var values: [Float] = []
    private var capacity: Int
    /// How often each key was fetched in learning: [C][J].
    public private(set) var uses: [UInt64]

    /// A readout whose values are all zero.
    public init(
        codebooks: Int, keys: Int, classes: Int = 0, learningRate: Double, labelSmoothing: Double,
        gradientClip: Double, isOpen: Bool
    ) {
        self.codebooks = codebooks
        self.keys = keys
        self.classes = classes
        self.learningRate = Float(learningRate)
        self.labelSmoothing = Float(labelSmoothing)
        self.gradientClip = Float(gradientClip)
        self.isOpen = isOpen
        capacity = max(8, classes)
        rows = [Int32](repeating: -1, count: codebooks * keys)
        uses = [UInt64](repeating: 0, count: codebooks * keys)
    }

    /// Whether a key was ever fetched in learning.
    func isUsed(codebook: Int, key: Int) -> Bool { uses[codebook * keys + key] > 0 }

    /// Sets all values, dense.
    ///
    /// - Parameter dense: [C][J][V].
    public mutating func setValues(_ dense: [Float]) {
        precondition(dense.count == codebooks * keys * classes, "the values are not C x J x V")
        for slot in rows.indices {
            let row = row(of: slot)
            for index in 0..<classes { values[row * capacity + index] = dense[slot * classes + index] }
        }
    }

    /// All values, dense: [C][J][V].
    public func denseValues() -> [Float] {
        rows.flatMap { row in
            row < 0
                ? [Float](repeating: 0, count: classes)
                : Array(values[(Int(row) * capacity)..<(Int(row) * capacity + classes)])
        }
    }

    /// Makes room for classes up to `count`; the values of new ones are zero.
    public mutating func grow(toClasses count: Int) {
        guard count > classes else { return }
        if count > capacity {
            let larger = max(count, capacity * 2)
            let rowCount = values.count / capacity
            var grown = [Float](repeating: 0, count: rowCount * larger)
            for row in 0..<rowCount {
                for index in 0..<classes { grown[row * larger + index] = values[row * capacity + index] }
            }
            values = grown
            capacity = larger
        }
        classes = count
    }

    /// The logits of one record.
    ///
    /// - Parameters:
    ///   - codes: [C][T].
    ///   - scores: a place for each class, overwritten.
    public func score(_ codes: UnsafeBufferPointer<UInt16>, into scores: UnsafeMutableBufferPointer<Float>) {
        scores.update(repeating: 0)
        let neighbours = codes.count / codebooks
        let known = min(classes, scores.count)
        for position in 0..<codes.count {
            let row = Int(rows[position / neighbours * keys + Int(codes[position])])
            guard row >= 0 else { continue }
            for index in 0..<known { scores[index] += values[row * capacity + index] }
        }
        for index in 0..<known { scores[index] /= Float(codebooks) }
    }

    /// One step of gradient descent on a batch.
    ///
    /// - Parameters:
    ///   - codes: [B][C][T].
    ///   - classIndices: the B labels, all below ``classes``.
    ///   - weight: multiplies the learning rate.
    @discardableResult
    public mutating func learn(
        _ codes: UnsafeBufferPointer<UInt16>, classIndices: [Int], weight: Int = 1
    ) -> Step {
        let batch = classIndices.count
        let perRecord = codes.count / batch
        let neighbours = perRecord / codebooks
        var errors = [Float](repeating: 0, count: batch * classes)
        var loss: Float = 0
        errors.withUnsafeMutableBufferPointer { errors in
            for record in 0..<batch {
                let row = UnsafeMutableBufferPointer(
                    rebasing: errors[(record * classes)..<((record + 1) * classes)])
                score(
                    UnsafeBufferPointer(rebasing: codes[(record * perRecord)..<((record + 1) * perRecord)]),
                    into: row)
                loss += becomeError(row, classIndex: classIndices[record])
            }
        }
        // The records that fetched a row lie together once sorted by row.
        var touched: [(slot: Int, record: Int)] = []
        touched.reserveCapacity(codes.count)
        for position in 0..<codes.count {
            let slot = position % perRecord / neighbours * keys + Int(codes[position])
            touched.append((slot, position / perRecord))
            uses[slot] += 1
        }
        touched.sort { ($0.slot, $0.record) < ($1.slot, $1.record) }
        let share = 1 / (Float(batch) * Float(codebooks))
        var square: Float = 0
        Self.forEachRow(touched, errors, classes: classes) { _, sum in
            for value in sum { square += value * share * value * share }
        }
        let norm = square.squareRoot()
        let scale = learningRate * Float(weight) * min(1, gradientClip / (norm + 1e-6)) * share
        let width = capacity
        Self.forEachRow(touched, errors, classes: classes) { slot, sum in
            let start = row(of: slot) * width
            for (index, value) in sum.enumerated() { values[start + index] += scale * value }
        }
        return Step(loss: loss / Float(batch), gradientNorm: norm)
    }

    /// Gives `body` each touched row once, with the sum of `q - p` over the records that fetched it.
    private static func forEachRow(
        _ touched: [(slot: Int, record: Int)], _ errors: [Float], classes: Int, _ body: (Int, [Float]) -> Void
    ) {
        var sum = [Float](repeating: 0, count: classes)
        var index = 0
        while index < touched.count {
            let slot = touched[index].slot
            for position in sum.indices { sum[position] = 0 }
            while index < touched.count, touched[index].slot == slot {
                let start = touched[index].record * classes
                for position in sum.indices { sum[position] += errors[start + position] }
                index += 1
            }
            body(slot, sum)
        }
    }

    /// Turns logits into `q - p` in place and returns the loss.
    private func becomeError(_ logits: UnsafeMutableBufferPointer<Float>, classIndex: Int) -> Float {
        let largest = max(logits.max() ?? 0, isOpen ? 0 : -.infinity)
        var total: Float = isOpen ? Float(exponential(Double(-largest))) : 0
        for value in logits { total += Float(exponential(Double(value - largest))) }
        let logTotal = Float(logarithm(Double(total)))
        let floor = labelSmoothing / Float(logits.count + (isOpen ? 1 : 0))
        var loss: Float = isOpen ? floor * (largest + logTotal) : 0
        for index in logits.indices {
            let logProbability = logits[index] - largest - logTotal
            let target = floor + (index == classIndex ? 1 - labelSmoothing : 0)
            loss -= target * logProbability
            logits[index] = target - Float(exponential(Double(logProbability)))
        }
        return loss
    }

    private mutating func row(of slot: Int) -> Int {
        if rows[slot] < 0 {
            rows[slot] = Int32(values.count / capacity)
            values.append(contentsOf: repeatElement(0, count: capacity))
        }
        return Int(rows[slot])
    }

    /// The state as tensors: the touched keys in order, their values and uses.
    ///
    /// - Parameter rank: the place of each class in an order that does not depend on the stream.
    func tensors(rank: [Int]) -> [String: TensorData] {
        let slots = rows.indices.filter { rows[$0] >= 0 }
        var dense = [Float](repeating: 0, count: slots.count * classes)
        for (position, slot) in slots.enumerated() {
            for index in 0..<classes {
                dense[position * classes + rank[index]] = values[Int(rows[slot]) * capacity + index]
            }
        }
        return [
            "sgd.slots": TensorData(slots.map { UInt32($0) }, shape: [slots.count]),
            "sgd.values": TensorData(dense, shape: [slots.count, classes]),
            "sgd.uses": TensorData(uses, shape: [codebooks, keys]),
        ]
    }

    /// Restores what ``tensors(rank:)`` gave.
    ///
    /// - Parameter classOfRank: the class at each place of that order.
    mutating func restore(_ tensors: Safetensors, classOfRank: [Int]) throws {
        let slots = try tensors.tensor("sgd.slots").load(as: UInt32.self)
        let dense = try tensors.tensor("sgd.values").floats()
        uses = try tensors.tensor("sgd.uses").load(as: UInt64.self)
        grow(toClasses: classOfRank.count)
        guard dense.count == slots.count * classes, uses.count == rows.count,
            slots.allSatisfy({ Int($0) < rows.count })
        else { throw MemoryError(.snapshot, "the value table of the snapshot contradicts itself") }
        for (position, slot) in slots.enumerated() {
            let start = row(of: Int(slot)) * capacity
            for place in 0..<classes {
                values[start + classOfRank[place]] = dense[position * classes + place]
            }
        }
    }
}
