import Digests
import Tensors

/// Learning as counting: how often each class was learned at each key.
///
/// A class y scores the sum, over the codebooks whose key was ever learned at, of the smoothed log-likelihood
/// of that key, `log((n_y + a) / (N_y + a J))`: n_y is the count of y at the key, N_y its count over all keys of
/// the codebook, J the number of keys. The difference of two classes' scores is their log-odds given the codes.
/// Dividing by N_y keeps a frequent class from winning by its frequency once in every codebook; where all
/// classes are equally frequent it changes nothing. A key at which nothing was learned says nothing. A class of
/// which nothing was learned cannot be the answer.
///
/// Counts do not depend on order, merge by addition and are taken back exactly by subtraction. Memory grows
/// with the (key, class) pairs that occur: eight bytes a pair, in blocks of a power of two.
public struct CountReadout: Sendable {
    /// The largest number of classes.
    public static let classLimit = 1 << 24
    /// The largest count of one pair: 34 years of a thousand samples a second on one key, of
    /// weight one. A trace that would pass it is a broken invariant.
    public static let countLimit = 1 << 40

    /// C.
    public let codebooks: Int
    /// J.
    public let keys: Int
    /// a.
    public let smoothing: Double

    /// Where a key's pairs lie: a start and a number. The block's capacity is the next power of two.
    private struct Slot {
        var start: UInt32 = 0
        var used: UInt32 = 0
    }

    private var slots: [Slot]
    /// N_y: how often each class was counted in a codebook.
    private var totals: [Int] = []
    /// A pair each: the class in the upper 24 bits, its count in the lower 40.
    private var pairs: [UInt64] = []
    /// Starts of unused blocks, by the exponent of their capacity.
    private var freeBlocks = [[UInt32]](repeating: [], count: 25)
    /// log(n + a) - log(a) for small n, so that only the classes that occur at a key need be visited.
    private let evidence: [Float]

    /// A readout that has learned nothing.
    public init(codebooks: Int, keys: Int, smoothing: Double) {
        self.codebooks = codebooks
        self.keys = keys
        self.smoothing = smoothing
        slots = [Slot](repeating: Slot(), count: codebooks * keys)
        evidence = (0..<4096).map { Self.evidence(of: $0, smoothing) }
    }

    private static func evidence(of count: Int, _ smoothing: Double) -> Float {
        Float(logarithm(Double(count) + smoothing) - logarithm(smoothing))
    }

    /// Adds up the evidence for every class.
    ///
    /// - Parameters:
    ///   - codes: [C][T].
    ///   - scores: a place for each class, overwritten; -infinity for one of which nothing was learned.
    public func score(_ codes: UnsafeBufferPointer<UInt16>, into scores: UnsafeMutableBufferPointer<Float>) {
        scores.update(repeating: 0)
        let neighbours = codes.count / codebooks
        var usedKeys = 0
        slots.withUnsafeBufferPointer { slots in
            pairs.withUnsafeBufferPointer { pairs in
                evidence.withUnsafeBufferPointer { evidence in
                    for position in 0..<codes.count {
                        let slot = slots[position / neighbours * keys + Int(codes[position])]
                        if slot.used > 0 { usedKeys += 1 }
                        for index in Int(slot.start)..<Int(slot.start + slot.used) {
                            let pair = pairs[index]
                            let count = Int(pair & 0xff_ffff_ffff)
                            scores[Int(pair >> 40)] +=
                                count < evidence.count ? evidence[count] : Self.evidence(of: count, smoothing)
                        }
                    }
                }
            }
        }
        // The part that a class has in common over all keys: its evidence above is relative to log(a).
        for index in scores.indices {
            let total = index < totals.count ? totals[index] : 0
            guard total > 0 else {
                scores[index] = -.infinity
                continue
            }
            let share = logarithm(smoothing) - logarithm(Double(total) + smoothing * Double(keys))
            scores[index] += Float(Double(usedKeys) * share)
        }
    }

    /// Counts a trace.
    ///
    /// - Parameters:
    ///   - codes: [C][T].
    ///   - classIndex: the label's class.
    ///   - weight: how often it counts.
    public mutating func learn(_ codes: UnsafeBufferPointer<UInt16>, classIndex: Int, weight: Int) {
        precondition(classIndex < Self.classLimit, "the class index needs more than 24 bits")
        let neighbours = codes.count / codebooks
        addTotal(weight * neighbours, to: classIndex)
        for position in 0..<codes.count {
            add(weight, to: classIndex, at: position / neighbours * keys + Int(codes[position]))
        }
    }

    private mutating func addTotal(_ weight: Int, to classIndex: Int) {
        if classIndex >= totals.count {
            totals.append(contentsOf: repeatElement(0, count: classIndex + 1 - totals.count))
        }
        totals[classIndex] += weight
    }

    private mutating func add(_ weight: Int, to classIndex: Int, at slotIndex: Int) {
        let slot = slots[slotIndex]
        for index in Int(slot.start)..<Int(slot.start + slot.used)
        where pairs[index] >> 40 == UInt64(classIndex) {
            precondition(
                Int(pairs[index] & 0xff_ffff_ffff) + weight < Self.countLimit,
                "a count needs more than 40 bits")
            pairs[index] += UInt64(weight)
            return
        }
        // A full block: its capacity is zero or a power of two, and all of it is used.
        if slot.used & (slot.used &- 1) == 0 { move(slotIndex, from: slot.used, to: max(1, slot.used * 2)) }
        pairs[Int(slots[slotIndex].start + slot.used)] = UInt64(classIndex) << 40 | UInt64(weight)
        slots[slotIndex].used += 1
    }

    /// Takes a trace back.
    ///
    /// - Throws: ``MemoryError`` when the trace was never learned; then nothing has changed.
    public mutating func unlearn(
        _ codes: UnsafeBufferPointer<UInt16>, classIndex: Int, weight: Int
    ) throws(MemoryError) {
        let neighbours = codes.count / codebooks
        for position in 0..<codes.count {
            let slotIndex = position / neighbours * keys + Int(codes[position])
            guard count(of: classIndex, at: slotIndex) >= weight else {
                throw MemoryError(
                    .unlearning,
                    "codebook \(position / neighbours) has not learned class \(classIndex) \(weight) times at key \(codes[position]): this trace was never learned, or was taken back before"
                )
            }
        }
        totals[classIndex] -= weight * neighbours
        for position in 0..<codes.count {
            subtract(weight, from: classIndex, at: position / neighbours * keys + Int(codes[position]))
        }
    }

    private func count(of classIndex: Int, at slotIndex: Int) -> Int {
        let slot = slots[slotIndex]
        for index in Int(slot.start)..<Int(slot.start + slot.used)
        where pairs[index] >> 40 == UInt64(classIndex) {
            return Int(pairs[index] & 0xff_ffff_ffff)
        }
        return 0
    }

    private mutating func subtract(_ weight: Int, from classIndex: Int, at slotIndex: Int) {
        let slot = slots[slotIndex]
        for index in Int(slot.start)..<Int(slot.start + slot.used)
        where pairs[index] >> 40 == UInt64(classIndex) {
            pairs[index] -= UInt64(weight)
            guard pairs[index] & 0xff_ffff_ffff == 0 else { return }
            pairs[index] = pairs[Int(slot.start + slot.used - 1)]
            slots[slotIndex].used -= 1
            let used = slots[slotIndex].used
            // The block of a slot has the capacity of the next power of two, so one that falls to a power of
            // two moves to half its size.
            if used & (used &- 1) == 0 { move(slotIndex, from: max(1, used * 2), to: used) }
            return
        }
    }

    /// Moves a slot's pairs from a block of one capacity to one of another; each is zero or a power of two.
    private mutating func move(_ slotIndex: Int, from old: UInt32, to capacity: UInt32) {
        let slot = slots[slotIndex]
        if capacity > 0 {
            let start: UInt32
            if let free = freeBlocks[capacity.trailingZeroBitCount].popLast() {
                start = free
            } else {
                precondition(
                    pairs.count + Int(capacity) <= Int(UInt32.max), "more than 4 billion (key, class) pairs")
                start = UInt32(pairs.count)
                pairs.append(contentsOf: repeatElement(0, count: Int(capacity)))
            }
            for offset in 0..<Int(slot.used) { pairs[Int(start) + offset] = pairs[Int(slot.start) + offset] }
            slots[slotIndex].start = start
        }
        if old > 0 { freeBlocks[old.trailingZeroBitCount].append(slot.start) }
    }

    /// The number of (key, class) pairs that occur.
    public var pairCount: Int { slots.reduce(0) { $0 + Int($1.used) } }

    /// Whether anything is learned at a key.
    func isUsed(codebook: Int, key: Int) -> Bool { slots[codebook * keys + key].used > 0 }

    /// How often each key was learned at, all classes together: [C][J].
    public func uses() -> [UInt64] {
        slots.map { slot in
            (Int(slot.start)..<Int(slot.start + slot.used)).reduce(0) { $0 + pairs[$1] & 0xff_ffff_ffff }
        }
    }

    /// The state as tensors, the same whatever the order of learning was, given the same order of classes.
    ///
    /// - Parameter rank: the place of each class in an order that does not depend on the stream.
    func tensors(rank: [Int]) -> [String: TensorData] {
        var lengths: [UInt32] = []
        var classes: [UInt32] = []
        var counts: [UInt64] = []
        lengths.reserveCapacity(slots.count)
        for slot in slots {
            let sorted = pairs[Int(slot.start)..<Int(slot.start + slot.used)].sorted {
                rank[Int($0 >> 40)] < rank[Int($1 >> 40)]
            }
            lengths.append(slot.used)
            for pair in sorted {
                classes.append(UInt32(rank[Int(pair >> 40)]))
                counts.append(pair & 0xff_ffff_ffff)
            }
        }
        return [
            "counts.lengths": TensorData(lengths, shape: [codebooks, keys]),
            "counts.classes": TensorData(classes, shape: [classes.count]),
            "counts.counts": TensorData(counts, shape: [counts.count]),
        ]
    }

    /// Restores what ``tensors(rank:)`` gave.
    ///
    /// - Parameter classOfRank: the class at each place of that order.
    mutating func restore(_ tensors: Safetensors, classOfRank: [Int]) throws {
        let lengths = try tensors.tensor("counts.lengths").load(as: UInt32.self)
        let classes = try tensors.tensor("counts.classes").load(as: UInt32.self)
        let counts = try tensors.tensor("counts.counts").load(as: UInt64.self)
        guard lengths.count == slots.count, classes.count == counts.count,
            lengths.reduce(0, { $0 + Int($1) }) == classes.count,
            classes.allSatisfy({ Int($0) < classOfRank.count }),
            counts.allSatisfy({ $0 > 0 && $0 < UInt64(Self.countLimit) })
        else { throw MemoryError(.snapshot, "the count table of the snapshot contradicts itself") }
        var next = 0
        for (slotIndex, length) in lengths.enumerated() {
            for _ in 0..<length {
                // Every codebook has the same totals; the first one's are taken.
                if slotIndex < keys { addTotal(Int(counts[next]), to: classOfRank[Int(classes[next])]) }
                add(Int(counts[next]), to: classOfRank[Int(classes[next])], at: slotIndex)
                next += 1
            }
        }
    }
}
