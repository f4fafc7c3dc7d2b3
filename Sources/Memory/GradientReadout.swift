import CKernels
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
    /// [rows][capacity], zeros beyond the classes.
    private var values: [Float] = []
    /// A multiple of 16, the classes that one step of a kernel takes.
    private var capacity: Int
    /// How often the key of each row was fetched in learning.
    private var rowUses: [UInt64] = []
    /// What a step needs for its time, kept so that no step has to allocate it.
    private var scratch: Scratch

    private struct Scratch {
        /// [B][capacity]
        var errors: [Float] = []
        /// [B T][capacity]
        var sums: [Float] = []
        /// [J], zeros between steps.
        var marks: [UInt32]

        mutating func makeRoom(errors errorCount: Int, sums sumCount: Int) {
            if errors.count < errorCount { errors = [Float](repeating: 0, count: errorCount) }
            if sums.count < sumCount { sums = [Float](repeating: 0, count: sumCount) }
        }
    }

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
        capacity = max(1, PackedColumns.blocks(classes)) * PackedColumns.lanes
        rows = [Int32](repeating: -1, count: codebooks * keys)
        scratch = Scratch(marks: [UInt32](repeating: 0, count: keys))
    }

    /// The same values for who only asks, sharing nothing that learning changes in place.
    func detached() -> GradientReadout {
        var copy = self
        copy.rows = rows.copied()
        copy.values = values.copied()
        copy.rowUses = rowUses.copied()
        copy.scratch = Scratch(marks: [])
        return copy
    }

    /// How often each key was fetched in learning: [C][J].
    public var uses: [UInt64] { rows.map { $0 < 0 ? 0 : rowUses[Int($0)] } }

    /// Whether a key was ever fetched in learning.
    func isUsed(codebook: Int, key: Int) -> Bool {
        let row = rows[codebook * keys + key]
        return row >= 0 && rowUses[Int(row)] > 0
    }

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
            let larger = max(PackedColumns.blocks(count) * PackedColumns.lanes, capacity * 2)
            let rowCount = rowUses.count
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
        let known = min(classes, scores.count)
        guard let codesStart = codes.baseAddress, let start = scores.baseAddress else { return }
        values.withUnsafeBufferPointer { values in
            rows.withUnsafeBufferPointer { rows in
                // The kernels' table can be written to; summing only reads.
                var table = weir_value_table(
                    rows: rows.baseAddress, values: UnsafeMutablePointer(mutating: values.baseAddress),
                    keys: keys, width: capacity, neighbours: codes.count / codebooks)
                weir_sum_values(&table, codesStart, codes.count, start, known)
            }
        }
        for index in 0..<known { scores[index] /= Float(codebooks) }
        for index in known..<scores.count { scores[index] = 0 }
    }

    /// One step of gradient descent on a batch.
    ///
    /// - Parameters:
    ///   - codes: [B][C][T].
    ///   - classIndices: the B labels, all below ``classes``.
    ///   - weight: multiplies the learning rate.
    @discardableResult
    public mutating func learn<Labels: RandomAccessCollection<Int>>(
        _ codes: UnsafeBufferPointer<UInt16>, classIndices: Labels, weight: Int = 1
    ) -> Step where Labels.Index == Int {
        let batch = classIndices.count
        let perRecord = codes.count / batch
        precondition(
            codes.count == batch * perRecord && perRecord % codebooks == 0
                && classIndices.allSatisfy { $0 < classes })
        let neighbours = perRecord / codebooks
        guard let start = codes.baseAddress else { return Step(loss: 0, gradientNorm: 0) }
        noteUses(codes, neighbours: neighbours)
        var scratch = Scratch(marks: [])
        swap(&scratch, &self.scratch)
        defer { swap(&scratch, &self.scratch) }
        scratch.makeRoom(errors: batch * capacity, sums: batch * neighbours * capacity)
        let (keys, capacity) = (keys, capacity)
        let share = 1 / (Float(batch) * Float(codebooks))
        var loss: Float = 0
        scratch.errors.withUnsafeMutableBufferPointer { errors in
            for record in 0..<batch {
                let row = UnsafeMutableBufferPointer(
                    rebasing: errors[(record * capacity)..<((record + 1) * capacity)])
                score(
                    UnsafeBufferPointer(rebasing: codes[(record * perRecord)..<((record + 1) * perRecord)]),
                    into: row)
                loss += becomeError(
                    UnsafeMutableBufferPointer(rebasing: row[..<classes]),
                    classIndex: classIndices[classIndices.startIndex + record])
            }
        }
        // The square needs the keys alone, not their values.
        var table = weir_value_table(
            rows: nil, values: nil, keys: keys, width: capacity, neighbours: neighbours)
        let square = weir_gradient_square(
            &table, start, batch, perRecord, scratch.errors, share, &scratch.marks, &scratch.sums)
        let norm = square.squareRoot()
        let scale = learningRate * Float(weight) * min(1, gradientClip / (norm + 1e-6)) * share
        values.withUnsafeMutableBufferPointer { [rows] values in
            rows.withUnsafeBufferPointer { rows in
                var table = weir_value_table(
                    rows: rows.baseAddress, values: values.baseAddress, keys: keys, width: capacity,
                    neighbours: neighbours)
                scratch.errors.withUnsafeBufferPointer { errors in
                    guard let errors = errors.baseAddress else { return }
                    for record in 0..<batch {
                        weir_add_values(
                            &table, start + record * perRecord, perRecord, errors + record * capacity, scale)
                    }
                }
            }
        }
        return Step(loss: loss / Float(batch), gradientNorm: norm)
    }

    /// Counts the fetches of a batch and gives every key that it fetched a row.
    private mutating func noteUses(_ codes: UnsafeBufferPointer<UInt16>, neighbours: Int) {
        let (keys, slots) = (keys, rows.count)
        func forEachSlot(_ body: (Int) -> Void) {
            var base = 0
            var neighbour = 0
            for code in codes {
                body(base + Int(code))
                neighbour += 1
                guard neighbour == neighbours else { continue }
                neighbour = 0
                base += keys
                if base == slots { base = 0 }
            }
        }
        // All new rows at once: one by one they take longer than the step.
        var rowCount = rowUses.count
        rows.withUnsafeMutableBufferPointer { rows in
            forEachSlot { slot in
                guard rows[slot] < 0 else { return }
                rows[slot] = Int32(rowCount)
                rowCount += 1
            }
        }
        addRows(rowCount - rowUses.count)
        rowUses.withUnsafeMutableBufferPointer { [rows] uses in
            rows.withUnsafeBufferPointer { rows in forEachSlot { uses[Int(rows[$0])] += 1 } }
        }
    }

    private mutating func addRows(_ count: Int) {
        guard count > 0 else { return }
        rowUses.append(contentsOf: repeatElement(0, count: count))
        values.append(contentsOf: repeatElement(0, count: count * capacity))
    }

    /// Turns logits into `q - p` in place and returns the loss.
    private func becomeError(_ logits: UnsafeMutableBufferPointer<Float>, classIndex: Int) -> Float {
        let largest = max(logits.max() ?? 0, isOpen ? 0 : -.infinity)
        let logitOfLabel = logits[classIndex]
        var total: Float = isOpen ? Float(exponential(Double(-largest))) : 0
        var sum: Float = 0
        for index in logits.indices {
            sum += logits[index]
            logits[index] = Float(exponential(Double(logits[index] - largest)))
            total += logits[index]
        }
        let logTotal = largest + Float(logarithm(Double(total)))
        let outcomes = logits.count + (isOpen ? 1 : 0)
        let floor = labelSmoothing / Float(outcomes)
        for index in logits.indices { logits[index] = floor - logits[index] / total }
        logits[classIndex] += 1 - labelSmoothing
        // The sum of -target * log p over all outcomes; the logit of a class that is not there is zero.
        return (1 - labelSmoothing) * (logTotal - logitOfLabel) + floor * (Float(outcomes) * logTotal - sum)
    }

    private mutating func row(of slot: Int) -> Int {
        if rows[slot] < 0 {
            rows[slot] = Int32(rowUses.count)
            addRows(1)
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
        let uses = try tensors.tensor("sgd.uses").load(as: UInt64.self)
        grow(toClasses: classOfRank.count)
        guard dense.count == slots.count * classes, uses.count == rows.count,
            slots.allSatisfy({ Int($0) < rows.count })
        else { throw MemoryError(.snapshot, "the value table of the snapshot contradicts itself") }
        for (position, slot) in slots.enumerated() {
            let row = row(of: Int(slot))
            rowUses[row] = uses[Int(slot)]
            let start = row * capacity
            for place in 0..<classes {
                values[start + classOfRank[place]] = dense[position * classes + place]
            }
        }
    }
}
