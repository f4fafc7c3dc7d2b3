/// Which keys of each codebook a search has to look at: those that are there and equal no earlier one, which
/// would win the tie.
///
/// Keys are equal when all their bits are, so that every key can be given back as it was.
struct DistinctKeys: Sendable {
    /// A key and the earlier one that it equals.
    struct Repeated: Sendable {
        let key: UInt16
        let first: UInt16
    }

    /// J.
    let keys: Int
    /// Where the keys of each codebook begin in what is stored of all, and where the last one's end: [C + 1].
    let starts: [Int]
    /// The index of each key, codebook by codebook, ascending.
    let indices: [UInt16]
    /// Half of each key's squared length, in step with `indices`.
    let halfNorms: [Float]
    /// The keys of a codebook that equal earlier ones, ascending.
    let repeated: [Int: [Repeated]]

    /// - Parameter values: [C][J][K]. A key whose squared length is not finite is absent.
    init(_ values: UnsafeBufferPointer<Float>, codebooks: Int, keys: Int, dimension: Int) {
        var starts = [0]
        var indices: [UInt16] = []
        var halfNorms: [Float] = []
        var repeated: [Int: [Repeated]] = [:]
        indices.reserveCapacity(codebooks * keys)
        halfNorms.reserveCapacity(codebooks * keys)
        // Open addressing, at most half full: the place of a key in `indices`, or -1.
        var size = 4
        while size < 2 * keys { size *= 2 }
        var table = [Int32](repeating: -1, count: size)
        for codebook in 0..<codebooks {
            table.withUnsafeMutableBufferPointer { table in
                table.update(repeating: -1)
                for key in 0..<keys {
                    let start = (codebook * keys + key) * dimension
                    var half: Float = 0
                    var hash: UInt64 = 0
                    for k in start..<(start + dimension) {
                        half += values[k] * values[k]
                        hash = (hash ^ UInt64(values[k].bitPattern)) &* 0x9e37_79b9_7f4a_7c15
                        hash ^= hash >> 29
                    }
                    guard half.isFinite else { continue }
                    var place = Int(hash & UInt64(size - 1))
                    while table[place] >= 0 {
                        let first = Int(indices[Int(table[place])])
                        let other = (codebook * keys + first) * dimension
                        if (0..<dimension).allSatisfy({
                            values[start + $0].bitPattern == values[other + $0].bitPattern
                        }) {
                            repeated[codebook, default: []].append(
                                Repeated(key: UInt16(key), first: UInt16(first)))
                            break
                        }
                        place = (place + 1) & (size - 1)
                    }
                    guard table[place] < 0 else { continue }
                    table[place] = Int32(indices.count)
                    indices.append(UInt16(key))
                    halfNorms.append(half / 2)
                }
            }
            starts.append(indices.count)
        }
        self.keys = keys
        self.starts = starts
        self.indices = indices
        self.halfNorms = halfNorms
        self.repeated = repeated
    }

    /// The number of keys to search in a codebook.
    func count(of codebook: Int) -> Int { starts[codebook + 1] - starts[codebook] }

    /// Whether every key of a codebook is searched, so that a key's place is its index.
    func isWhole(_ codebook: Int) -> Bool { count(of: codebook) == keys }

    /// Where a key is stored, itself or the one that it equals; nil when it is absent.
    func place(of key: Int, in codebook: Int) -> Int? {
        let first = repeated[codebook]?.first { Int($0.key) == key }.map { Int($0.first) } ?? key
        var low = starts[codebook]
        var high = starts[codebook + 1]
        while low < high {
            let middle = (low + high) / 2
            if Int(indices[middle]) < first { low = middle + 1 } else { high = middle }
        }
        return low < starts[codebook + 1] && Int(indices[low]) == first ? low : nil
    }

    /// Gives the bits of a set by the keys' places; repeated keys have none.
    func withMask<R>(of codebook: Int, _ used: UsedKeys, _ body: (UnsafePointer<UInt64>) -> R) -> R {
        if isWhole(codebook) { return used.withBits(of: codebook, body) }
        let start = starts[codebook]
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: (keys + 63) / 64) { mask in
            mask.initialize(repeating: 0)
            for place in 0..<count(of: codebook)
            where used.contains(Int(indices[start + place]), of: codebook) {
                mask[place / 64] |= 1 << UInt64(place % 64)
            }
            return body(UnsafePointer(mask.baseAddress!))
        }
    }

    /// Whether a set has a repeated key without the one that it equals. No search chooses such a key, so only
    /// codes from elsewhere can have brought it in.
    func hasStray(in codebook: Int, _ used: UsedKeys) -> Bool {
        repeated[codebook]?.contains {
            used.contains(Int($0.key), of: codebook) && !used.contains(Int($0.first), of: codebook)
        } ?? false
    }

    /// Spreads the scores of the searched keys over all keys: equal keys score alike, absent ones +infinity.
    func spread(
        _ scores: UnsafePointer<Float>, of codebook: Int, over all: UnsafeMutableBufferPointer<Float>
    ) {
        all.update(repeating: .infinity)
        let start = starts[codebook]
        for place in 0..<count(of: codebook) { all[Int(indices[start + place])] = scores[place] }
        for pair in repeated[codebook] ?? [] { all[Int(pair.key)] = all[Int(pair.first)] }
    }
}
