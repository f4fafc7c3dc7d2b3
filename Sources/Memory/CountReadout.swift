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
///
/// With a half-life h counts fade: every e = h/8 traces (rounded down, at least one) all of them are multiplied by
/// `2^(-e/h)`, in sixteenths of a sample, and lose at least one of these. Then the order matters, and nothing can be
/// taken back.
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
    /// a, in the unit of the counts.
    public let smoothing: Double
    /// After how many traces a count is worth half; 0 for never.
    public let halfLife: Int
    /// What one sample of weight one adds: sixteen where counts fade, so that small ones fade smoothly too.
    private let unit: Int
    /// Traces learned since counts last faded.
    private var sinceFading = 0

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
    public init(codebooks: Int, keys: Int, smoothing: Double, halfLife: Int = 0) {
        self.codebooks = codebooks
        self.keys = keys
        self.halfLife = halfLife
        unit = halfLife > 0 ? 16 : 1
        // Counts and pseudo-counts in the same unit.
        let smoothing = smoothing * Double(unit)
        self.smoothing = smoothing
        slots = [Slot](repeating: Slot(), count: codebooks * keys)
        evidence = (0..<4096).map { Self.evidence(of: $0, smoothing) }
    }

    private static func evidence(of count: Int, _ smoothing: Double) -> Float {
        Float(logarithm(Double(count) + smoothing) - logarithm(smoothing))
    }

    /// The same counts for who only asks, sharing nothing that learning changes in place.
    func detached() -> CountReadout {
        var copy = self
        copy.slots = slots.copied()
        copy.totals = totals.copied()
        copy.pairs = pairs.copied()
        copy.freeBlocks = []
        return copy
    }

    /// Adds up the evidence for every class.
    ///
    /// - Parameters:
    ///   - codes: [C][T].
    ///   - scores: a place for each class, overwritten; -infinity for one of which nothing was learned.
    public func score(_ codes: UnsafeBufferPointer<UInt16>, into scores: UnsafeMutableBufferPointer<Float>) {
        score(codes, without: nil, into: scores)
    }

    /// Adds up the evidence for every class as it was before a trace was learned, or as it would be had it come last.
    ///
    /// - Parameters:
    ///   - codes: [C][T], the codes of the trace itself.
    ///   - trace: its class and weight; nil for all that was learned.
    ///   - scores: a place for each class, overwritten; -infinity for one of which nothing else was learned.
    public func score(
        _ codes: UnsafeBufferPointer<UInt16>, without trace: (classIndex: Int, weight: Int)?,
        into scores: UnsafeMutableBufferPointer<Float>
    ) {
        scores.update(repeating: 0)
        let neighbours = codes.count / codebooks
        let (ownClass, ownCount) = trace.map { ($0.classIndex, $0.weight * unit) } ?? (-1, 0)
        var usedKeys = 0
        slots.withUnsafeBufferPointer { slots in
            pairs.withUnsafeBufferPointer { pairs in
                evidence.withUnsafeBufferPointer { evidence in
                    for position in 0..<codes.count {
                        let slot = slots[position / neighbours * keys + Int(codes[position])]
                        if slot.used > 0 { usedKeys += 1 }
                        for index in Int(slot.start)..<Int(slot.start + slot.used) {
                            let pair = pairs[index]
                            var count = Int(pair & 0xff_ffff_ffff)
                            let classIndex = Int(pair >> 40)
                            if classIndex == ownClass {
                                count = max(0, count - ownCount)
                                // Without the trace nothing was learned at this key.
                                if count == 0, slot.used == 1 { usedKeys -= 1 }
                            }
                            scores[classIndex] +=
                                count < evidence.count ? evidence[count] : Self.evidence(of: count, smoothing)
                        }
                    }
                }
            }
        }
        // The part that a class has in common over all keys: its evidence above is relative to log(a).
        for index in scores.indices {
            var total = index < totals.count ? totals[index] : 0
            if index == ownClass { total -= ownCount * neighbours }
            guard total > 0 else {
                scores[index] = -.infinity
                continue
            }
            let share = logarithm(smoothing) - logarithm(Double(total) + smoothing * Double(keys))
            scores[index] += Float(Double(usedKeys) * share)
        }
    }

    /// What the keys of a trace say for one class against another: by codebook the difference of their smoothed
    /// log-likelihoods. A key at which nothing was learned says nothing.
    ///
    /// - Parameter codes: [C][T].
    public func logOdds(_ codes: UnsafeBufferPointer<UInt16>, of classIndex: Int, against other: Int)
        -> [Float]
    {
        let neighbours = codes.count / codebooks
        func share(_ index: Int) -> Double {
            logarithm(Double(index < totals.count ? totals[index] : 0) + smoothing * Double(keys))
        }
        let common = share(other) - share(classIndex)
        var result = [Float](repeating: 0, count: codebooks)
        for position in 0..<codes.count {
            let slot = position / neighbours * keys + Int(codes[position])
            guard slots[slot].used > 0 else { continue }
            result[position / neighbours] += Float(
                logarithm(Double(count(of: classIndex, at: slot)) + smoothing)
                    - logarithm(Double(count(of: other, at: slot)) + smoothing) + common)
        }
        return result
    }

    /// Whether anything of a class is known.
    public func hasLearned(_ classIndex: Int) -> Bool { classIndex < totals.count && totals[classIndex] > 0 }

    /// Counts a trace.
    ///
    /// - Parameters:
    ///   - codes: [C][T].
    ///   - classIndex: the label's class.
    ///   - weight: how often it counts.
    public mutating func learn(_ codes: UnsafeBufferPointer<UInt16>, classIndex: Int, weight: Int) {
        precondition(classIndex < Self.classLimit, "the class index needs more than 24 bits")
        let neighbours = codes.count / codebooks
        addTotal(weight * unit * neighbours, to: classIndex)
        for position in 0..<codes.count {
            add(weight * unit, to: classIndex, at: position / neighbours * keys + Int(codes[position]))
        }
        guard halfLife > 0 else { return }
        sinceFading += 1
        if sinceFading >= fadingInterval { fade() }
    }

    /// Whether the last trace made all counts fade, so that some may be gone.
    var hasJustFaded: Bool { halfLife > 0 && sinceFading == 0 }

    /// Traces from one fading to the next.
    private var fadingInterval: Int { max(1, halfLife / 8) }

    /// Multiplies all counts by what they keep in ``fadingInterval`` traces, rounded to the nearest; those that become
    /// zero are gone.
    private mutating func fade() {
        sinceFading = 0
        let factor = exponential(-logarithm(2) * Double(fadingInterval) / Double(halfLife))
        // The nearest of a small count would be the count itself, for ever.
        func faded(_ count: Int) -> Int { min(count - 1, Int((Double(count) * factor).rounded())) }
        var sums = [Int](repeating: 0, count: totals.count)
        for slotIndex in slots.indices {
            let slot = slots[slotIndex]
            // From the last: what is taken out is replaced by the last.
            for index in (Int(slot.start)..<Int(slot.start + slot.used)).reversed() {
                let count = Int(pairs[index] & 0xff_ffff_ffff)
                let classIndex = Int(pairs[index] >> 40)
                sums[classIndex] += faded(count)
                subtract(count - faded(count), from: classIndex, at: slotIndex)
            }
        }
        // Rounded up: a class of which something is left has a total.
        for index in totals.indices { totals[index] = (sums[index] + codebooks - 1) / codebooks }
    }

    /// Forgets all that was learned of a class, exactly.
    public mutating func remove(classIndex: Int) {
        guard hasLearned(classIndex) else { return }
        totals[classIndex] = 0
        for slotIndex in slots.indices {
            subtract(count(of: classIndex, at: slotIndex), from: classIndex, at: slotIndex)
        }
    }

    /// Makes all that was learned of one class learned of another, exactly.
    public mutating func merge(_ classIndex: Int, into other: Int) {
        guard classIndex != other, hasLearned(classIndex) else { return }
        addTotal(totals[classIndex], to: other)
        totals[classIndex] = 0
        for slotIndex in slots.indices {
            let count = count(of: classIndex, at: slotIndex)
            guard count > 0 else { continue }
            subtract(count, from: classIndex, at: slotIndex)
            add(count, to: other, at: slotIndex)
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
        guard halfLife == 0 else {
            throw MemoryError(
                .unlearning,
                "counts with a half-life fade, and what a trace still counts for is not known; set memory.halfLife to 0 to be able to take samples back"
            )
        }
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
        guard weight > 0 else { return }
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
    package func tensors(rank: [Int]) -> [String: TensorData] {
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
        ].merging(fading(rank: rank)) { $1 }
    }

    /// Faded counts of the codebooks no longer have the same totals, so these are kept too.
    private func fading(rank: [Int]) -> [String: TensorData] {
        guard halfLife > 0 else { return [:] }
        var ranked = [UInt64](repeating: 0, count: rank.count)
        for (index, total) in totals.enumerated() { ranked[rank[index]] = UInt64(total) }
        return [
            "counts.totals": TensorData(ranked, shape: [ranked.count]),
            "counts.sinceFading": TensorData([UInt64(sinceFading)], shape: [1]),
        ]
    }

    /// Restores what ``tensors(rank:)`` gave.
    ///
    /// - Parameter classOfRank: the class at each place of that order.
    package mutating func restore(_ tensors: Safetensors, classOfRank: [Int]) throws {
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
        guard halfLife > 0 else { return }
        let ranked = try tensors.tensor("counts.totals").load(as: UInt64.self)
        let since = try tensors.tensor("counts.sinceFading").load(as: UInt64.self)
        guard ranked.count == classOfRank.count, since.count == 1, since[0] <= UInt64(halfLife),
            ranked.allSatisfy({ $0 < UInt64(Self.countLimit) })
        else { throw MemoryError(.snapshot, "the faded totals of the snapshot contradict themselves") }
        sinceFading = Int(since[0])
        totals = [Int](repeating: 0, count: ranked.count)
        for (place, total) in ranked.enumerated() { totals[classOfRank[place]] = Int(total) }
    }
}
