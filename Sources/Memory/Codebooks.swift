import CKernels
import Tensors

/// Frozen keys, ready to be searched.
///
/// The nearest key by squared Euclidean distance is the one with the smallest `|k|²/2 - q.k`, computed in one
/// order of operations; ties go to the lowest index, so a key equal to an earlier one of its codebook never wins.
/// How the keys lie in memory depends on the processor, what is found does not.
public struct Codebooks: Sendable {
    /// How the keys lie in memory.
    package enum Layout: Sendable, CaseIterable {
        /// In full and in bytes, for AVX-512 VNNI: 4 K + K + 2 bytes a key, or a few more.
        case bytes
        /// Sixteen side by side in full, for any processor: 4 K bytes a key.
        case packed

        /// The fastest of this processor.
        package static let native: Layout = weir_can_scan_bytes() != 0 ? .bytes : .packed
    }

    private enum Store: Sendable {
        case bytes(ByteKeys)
        case packed(PackedKeys)
    }

    /// C, the number of codebooks.
    public let count: Int
    /// J, the number of keys in each.
    public let keys: Int
    /// K, the length of a key.
    public let dimension: Int
    private let distinct: DistinctKeys
    private let store: Store

    /// Codebooks of given keys.
    ///
    /// - Parameter keys: [C][J][K]. A key whose squared length is not finite is absent: it is never chosen.
    public init(keys values: [Float], count: Int, keys: Int, dimension: Int) {
        self.init(keys: values, count: count, keys: keys, dimension: dimension, layout: .native)
    }

    package init(keys values: [Float], count: Int, keys: Int, dimension: Int, layout: Layout) {
        precondition(values.count == count * keys * dimension, "the keys are not C x J x K")
        self.count = count
        self.keys = keys
        self.dimension = dimension
        (distinct, store) = values.withUnsafeBufferPointer { values in
            let distinct = DistinctKeys(values, codebooks: count, keys: keys, dimension: dimension)
            return switch layout {
            case .bytes: (distinct, .bytes(ByteKeys(values, distinct, dimension: dimension)))
            case .packed: (distinct, .packed(PackedKeys(values, distinct, dimension: dimension)))
            }
        }
    }

    /// The number of keys that are there.
    public var presentCount: Int { distinct.indices.count + repeatedCount }

    /// The number of keys that equal an earlier one of their codebook.
    public var repeatedCount: Int { distinct.repeated.values.reduce(0) { $0 + $1.count } }

    /// One key, K coordinates; nil when it is absent.
    public func key(_ key: Int, of codebook: Int) -> [Float]? {
        distinct.place(of: key, in: codebook).map { coordinates(at: $0, of: codebook) }
    }

    private func coordinates(at place: Int, of codebook: Int) -> [Float] {
        switch store {
        case .bytes(let keys): Array(keys.key(at: place, dimension: dimension))
        case .packed(let keys):
            (0..<dimension).map {
                keys.coordinate($0, of: place - distinct.starts[codebook], in: codebook)
            }
        }
    }

    /// All keys as [C][J][K]; the coordinates of an absent key are NaN.
    public func values() -> [Float] {
        var values = [Float](repeating: .nan, count: count * keys * dimension)
        func set(_ key: Int, of codebook: Int, to coordinates: [Float]) {
            let start = (codebook * keys + key) * dimension
            values.replaceSubrange(start..<(start + dimension), with: coordinates)
        }
        for codebook in 0..<count {
            for place in distinct.starts[codebook]..<distinct.starts[codebook + 1] {
                set(Int(distinct.indices[place]), of: codebook, to: coordinates(at: place, of: codebook))
            }
            for pair in distinct.repeated[codebook] ?? [] {
                guard let coordinates = key(Int(pair.first), of: codebook) else { continue }
                set(Int(pair.key), of: codebook, to: coordinates)
            }
        }
        return values
    }

    // MARK: Searching

    /// The nearest key of each of a batch of queries, in every codebook.
    ///
    /// - Parameters:
    ///   - queries: the first record's queries, of all codebooks in a row; the next record's are `stride` further.
    ///   - records: the number of records.
    ///   - codes: where the C indices of each go, `codeStride` apart.
    public func nearest(
        queries: UnsafePointer<Float>, stride: Int, records: Int, codes: UnsafeMutablePointer<UInt16>,
        codeStride: Int
    ) {
        switch store {
        case .bytes(let keys):
            keys.nearest(
                0..<count, queries: queries, stride: stride, records: records, codes: codes,
                codeStride: codeStride, scores: nil)
        case .packed(let keys):
            for codebook in 0..<count {
                keys.nearest(
                    codebook, queries: queries + codebook * dimension, stride: stride, records: records,
                    codes: codes + codebook, codeStride: codeStride, scores: nil)
            }
        }
    }

    /// The nearest key of each of a batch of queries, in one codebook.
    ///
    /// - Parameters:
    ///   - queries: the first query of this codebook; the next is `stride` further.
    ///   - records: the number of queries.
    ///   - codes: where the index of each goes, `codeStride` apart; 0 when no key has a score below +infinity.
    ///   - scores: where `|k|²/2 - q.k` of each goes, `codeStride` apart, or nil.
    public func nearest(
        codebook: Int, queries: UnsafePointer<Float>, stride: Int, records: Int,
        codes: UnsafeMutablePointer<UInt16>, codeStride: Int, scores: UnsafeMutablePointer<Float>? = nil
    ) {
        switch store {
        case .bytes(let keys):
            keys.nearest(
                codebook..<(codebook + 1), queries: queries, stride: stride, records: records, codes: codes,
                codeStride: codeStride, scores: scores)
        case .packed(let keys):
            keys.nearest(
                codebook, queries: queries, stride: stride, records: records, codes: codes,
                codeStride: codeStride, scores: scores)
        }
    }

    /// The nearest key among those of a set, in one codebook: what a search finds that sees no other key.
    ///
    /// - Parameters:
    ///   - query: K coordinates.
    ///   - used: the set.
    public func nearest(codebook: Int, query: UnsafePointer<Float>, among used: UsedKeys) -> UInt16 {
        if distinct.hasStray(in: codebook, used) {
            return withUnsafeTemporaryAllocation(of: Float.self, capacity: keys) { all in
                score(codebook, query: query, into: all)
                var nearest = (score: Float.infinity, key: 0)
                for key in 0..<keys where all[key] < nearest.score && used.contains(key, of: codebook) {
                    nearest = (all[key], key)
                }
                return UInt16(nearest.key)
            }
        }
        return distinct.withMask(of: codebook, used) { mask in
            switch store {
            case .bytes(let keys): keys.nearest(codebook, query: query, mask: mask)
            case .packed(let keys): keys.nearest(codebook, query: query, mask: mask)
            }
        }
    }

    /// The `codes.count` nearest keys of one query in one codebook, nearest first, ties to the lowest index.
    ///
    /// - Parameters:
    ///   - query: K coordinates.
    ///   - used: a set whose keys go before all others, which follow in the order of their indices; nil for all.
    public func nearest(
        codebook: Int, query: UnsafePointer<Float>, among used: UsedKeys? = nil,
        codes: UnsafeMutableBufferPointer<UInt16>
    ) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: keys) { all in
            score(codebook, query: query, into: all)
            if let used {
                for key in 0..<keys where !used.contains(key, of: codebook) { all[key] = .infinity }
            }
            // T is small: keep the best T in order by insertion.
            var filled = 0
            for key in 0..<keys {
                var position = filled
                while position > 0, all[key] < all[Int(codes[position - 1])] { position -= 1 }
                guard position < codes.count else { continue }
                var last = min(filled, codes.count - 1)
                while last > position {
                    codes[last] = codes[last - 1]
                    last -= 1
                }
                codes[position] = UInt16(key)
                filled = min(filled + 1, codes.count)
            }
        }
    }

    /// `|k|²/2 - q.k` of every key of a codebook; +infinity for absent ones.
    private func score(
        _ codebook: Int, query: UnsafePointer<Float>, into all: UnsafeMutableBufferPointer<Float>
    ) {
        let size = PackedColumns.blocks(keys) * PackedColumns.lanes
        withUnsafeTemporaryAllocation(of: Float.self, capacity: size) { scores in
            guard let start = scores.baseAddress else { return }
            switch store {
            case .bytes(let keys): keys.score(codebook, query: query, into: start)
            case .packed(let keys): keys.score(codebook, query: query, into: start)
            }
            distinct.spread(start, of: codebook, over: all)
        }
    }
}
