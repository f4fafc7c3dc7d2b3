import Memory
import Tensors
import Testing

/// The search of the nearest key against plain loops, in either layout: the same key, and the same bits of its
/// score.
@Suite struct NearestKeyTests {
    /// Keys and queries of one codebook.
    private struct Case: CustomStringConvertible {
        let seed: UInt64
        let kind: Int
        let keys: Int
        let dimension: Int
        let records: Int
        var values: [Float]
        var queries: [Float]

        init(seed: UInt64) {
            var random = RandomGenerator(seed: seed)
            self.seed = seed
            kind = random.below(8)
            let small = random.below(3) > 0
            keys = 1 + random.below(small ? 200 : 5_000)
            dimension = 1 + random.below(random.below(2) == 0 ? 16 : 40)
            records = 1 + random.below(small ? 70 : 9)
            let offset = Float(random.normal() * (random.below(2) == 0 ? 0 : 100))
            let scale: Float = [1, 1, 1, 1e-3, 1e6, 1e-20, 1e15, 1e-38][random.below(8)]
            let kind = kind
            let values: [Float] = (0..<(keys * dimension)).map { index in
                switch kind {
                // Small whole numbers: many exact ties and equal keys.
                case 0: Float(random.below(3) - 1)
                case 1: Float(random.below(9) - 4) / 2
                // Some keys lie far outside.
                case 2: Float(random.normal()) * (index % 97 == 0 ? 50 : 1)
                // Zeros of both signs.
                case 3: [0, -0.0, 1][random.below(3)]
                default: Float(random.normal()) * scale + offset
                }
            }
            self.values = values
            queries = (0..<(records * dimension)).map { _ in
                switch kind {
                case 0, 1, 3: Float(random.below(9) - 4) / 2
                default: Float(random.normal()) * scale + offset
                }
            }
            for record in 0..<records {
                let start = record * dimension
                switch random.below(14) {
                case 0: for k in 0..<dimension { queries[start + k] *= 3 }
                case 1: for k in 0..<dimension { queries[start + k] *= 1e4 }
                case 2: queries[start + random.below(dimension)] = .nan
                case 3: queries[start + random.below(dimension)] = .infinity
                case 4: queries[start + random.below(dimension)] = -.infinity
                case 5: queries[start + random.below(dimension)] = .greatestFiniteMagnitude
                // A query that is a key.
                case 6, 7:
                    let key = random.below(keys)
                    for k in 0..<dimension { queries[start + k] = values[key * dimension + k] }
                default: break
                }
            }
            guard random.below(2) == 0 else { return }
            for _ in 0..<(1 + keys / 5) {
                let key = random.below(keys) * dimension
                if random.below(2) == 0 {
                    self.values[key + random.below(dimension)] = [.nan, .infinity, 3e19][random.below(3)]
                } else {
                    let other = random.below(keys) * dimension
                    for k in 0..<dimension { self.values[key + k] = self.values[other + k] }
                }
            }
        }

        var description: String {
            "seed \(seed): kind \(kind), \(keys) keys x \(dimension), \(records) queries"
        }

        /// `|k|²/2 - q.k` of every key; +infinity for absent ones.
        func scores(_ record: Int) -> [Float] {
            (0..<keys).map { key in
                var half: Float = 0
                for k in 0..<dimension {
                    half += values[key * dimension + k] * values[key * dimension + k]
                }
                guard half.isFinite else { return .infinity }
                var sum = half / 2
                for k in 0..<dimension {
                    let product = queries[record * dimension + k] * values[key * dimension + k]
                    sum = sum - product
                }
                return sum
            }
        }
    }

    /// The first of the smallest, or 0.
    private func nearest(_ scores: [Float], _ isSeen: (Int) -> Bool = { _ in true }) -> Int {
        var best = Float.infinity
        var index = 0
        for key in scores.indices where scores[key] < best && isSeen(key) {
            best = scores[key]
            index = key
        }
        return index
    }

    @Test(
        "All shapes, ties, equal and absent keys, queries out of range",
        arguments: 1...120 as ClosedRange<UInt64>)
    func oracle(seed: UInt64) {
        let test = Case(seed: seed)
        var random = RandomGenerator(seed: seed &+ 1_000)
        let ratio = [0.001, 0.1, 0.9][random.below(3)]
        var used = UsedKeys(codebooks: 1, keys: test.keys)
        for key in 0..<test.keys where random.uniform() < ratio { used.insert(key, of: 0) }
        let scores = (0..<test.records).map { test.scores($0) }
        for layout in Codebooks.Layout.allCases where layout == .packed || Codebooks.Layout.native == .bytes {
            let books = Codebooks(
                keys: test.values, count: 1, keys: test.keys, dimension: test.dimension, layout: layout)
            var codes = [UInt16](repeating: 7, count: test.records)
            var found = [Float](repeating: 7, count: test.records)
            books.nearest(
                codebook: 0, queries: test.queries, stride: test.dimension, records: test.records,
                codes: &codes, codeStride: 1, scores: &found)
            var singles = [UInt16](repeating: 7, count: test.records)
            for record in 0..<test.records {
                let expected = nearest(scores[record])
                #expect(Int(codes[record]) == expected, "\(test), \(layout), query \(record)")
                let score = scores[record][expected] < .infinity ? scores[record][expected] : .infinity
                #expect(found[record] == score, "\(test), \(layout), query \(record)")
                test.queries.withUnsafeBufferPointer { queries in
                    let query = queries.baseAddress! + record * test.dimension
                    books.nearest(
                        codebook: 0, queries: query, stride: 0, records: 1, codes: &singles[record],
                        codeStride: 1)
                    let masked = books.nearest(codebook: 0, query: query, among: used)
                    #expect(
                        Int(masked) == nearest(scores[record]) { used.contains($0, of: 0) },
                        "\(test), \(layout), query \(record), masked")
                }
            }
            #expect(singles == codes, "\(test), \(layout)")
        }
    }

    @Test("The nearest few, all and used ones", arguments: 1...40 as ClosedRange<UInt64>)
    func nearestFew(seed: UInt64) {
        let test = Case(seed: seed)
        var random = RandomGenerator(seed: seed &+ 2_000)
        let count = 1 + random.below(min(test.keys, 12))
        var used = UsedKeys(codebooks: 1, keys: test.keys)
        for key in 0..<test.keys where random.below(3) == 0 { used.insert(key, of: 0) }
        for layout in Codebooks.Layout.allCases {
            let books = Codebooks(
                keys: test.values, count: 1, keys: test.keys, dimension: test.dimension, layout: layout)
            for record in 0..<min(test.records, 5) {
                let scores = test.scores(record)
                // Where a score is no number there is no order.
                if scores.contains(where: \.isNaN) { continue }
                for isMasked in [false, true] {
                    func score(_ key: Int) -> Float {
                        isMasked && !used.contains(key, of: 0) ? .infinity : scores[key]
                    }
                    let expected = (0..<test.keys).sorted { (score($0), $0) < (score($1), $1) }.prefix(count)
                    var found = [UInt16](repeating: 0, count: count)
                    test.queries.withUnsafeBufferPointer { queries in
                        found.withUnsafeMutableBufferPointer {
                            books.nearest(
                                codebook: 0, query: queries.baseAddress! + record * test.dimension,
                                among: isMasked ? used : nil, codes: $0)
                        }
                    }
                    #expect(found.map { Int($0) } == Array(expected), "\(test), \(layout), \(isMasked)")
                }
            }
        }
    }

    @Test("Every key comes back as it was, in either layout", arguments: 1...40 as ClosedRange<UInt64>)
    func values(seed: UInt64) {
        let test = Case(seed: seed)
        let stored = (0..<test.keys).map { key in
            let values = Array(test.values[(key * test.dimension)..<((key + 1) * test.dimension)])
            return values.reduce(0, { $0 + $1 * $1 }).isFinite ? values : nil
        }
        for layout in Codebooks.Layout.allCases {
            let books = Codebooks(
                keys: test.values, count: 1, keys: test.keys, dimension: test.dimension, layout: layout)
            let bits = books.values().map(\.bitPattern)
            let absent = [Float](repeating: .nan, count: test.dimension)
            #expect(bits == stored.flatMap { $0 ?? absent }.map(\.bitPattern), "\(test), \(layout)")
            #expect(books.presentCount == stored.count { $0 != nil }, "\(test), \(layout)")
            #expect(books.key(test.keys - 1, of: 0) == stored[test.keys - 1], "\(test), \(layout)")
        }
    }

    @Test("Several codebooks at once give what each gives alone", arguments: [1, 2, 3, 4, 5, 16, 70])
    func codebooks(records: Int) {
        var random = RandomGenerator(seed: UInt64(records))
        let (count, keys, dimension) = (5, 130, 14)
        var values = (0..<(count * keys * dimension)).map { _ in Float(random.normal()) }
        // One codebook has no key at all, one a single one, one two equal keys.
        for index in 0..<(keys * dimension) { values[keys * dimension + index] = .nan }
        for index in dimension..<(keys * dimension) { values[2 * keys * dimension + index] = .nan }
        for k in 0..<dimension {
            values[(3 * keys + 9) * dimension + k] = values[3 * keys * dimension + k]
        }
        let queries = (0..<(records * count * dimension)).map { _ in Float(random.normal()) }
        for layout in Codebooks.Layout.allCases {
            let books = Codebooks(
                keys: values, count: count, keys: keys, dimension: dimension, layout: layout)
            #expect(books.repeatedCount == 1)
            var all = [UInt16](repeating: 9, count: records * count)
            books.nearest(
                queries: queries, stride: count * dimension, records: records, codes: &all, codeStride: count)
            for codebook in 0..<count {
                var codes = [UInt16](repeating: 9, count: records)
                queries.withUnsafeBufferPointer {
                    books.nearest(
                        codebook: codebook, queries: $0.baseAddress! + codebook * dimension,
                        stride: count * dimension, records: records, codes: &codes, codeStride: 1)
                }
                for record in 0..<records {
                    #expect(codes[record] == all[record * count + codebook], "seed \(records)")
                }
                if codebook == 1 || codebook == 2 { #expect(codes.allSatisfy { $0 == 0 }) }
            }
        }
    }

    @Test("A set of keys", arguments: [1, 63, 64, 65, 200])
    func usedKeys(keys: Int) {
        var random = RandomGenerator(seed: UInt64(keys))
        var set = UsedKeys(codebooks: 3, keys: keys)
        var plain = [Set<Int>](repeating: [], count: 3)
        for _ in 0..<400 {
            let (codebook, key) = (random.below(3), random.below(keys))
            if random.below(2) == 0 {
                set.insert(key, of: codebook)
                plain[codebook].insert(key)
            } else {
                set.remove(key, of: codebook)
                plain[codebook].remove(key)
            }
        }
        for codebook in 0..<3 {
            #expect(set.count(of: codebook) == plain[codebook].count)
            #expect((0..<keys).filter { set.contains($0, of: codebook) } == plain[codebook].sorted())
        }
        #expect(set.count == plain.reduce(0) { $0 + $1.count })
    }
}
