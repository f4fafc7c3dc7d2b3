import CKernels
import Tensors

/// Frozen keys in the layout of the nearest-key kernel.
///
/// The nearest key by squared Euclidean distance is the one with the smallest `|k|²/2 - q.k`; ties go to
/// the lowest index, so a key equal to an earlier one of its codebook never wins.
public struct Codebooks: Sendable {
    /// C, the number of codebooks.
    public let count: Int
    /// J, the number of keys in each.
    public let keys: Int
    /// K, the length of a key.
    public let dimension: Int
    /// [C][blocks][K][16]
    private var packed: [Float]
    /// [C][blocks x 16]; +infinity hides a key.
    private var halfNorms: [Float]

    /// Codebooks of given keys.
    ///
    /// - Parameter keys: [C][J][K]. A key with a coordinate that is not finite is absent: it is never chosen.
    public init(keys values: [Float], count: Int, keys: Int, dimension: Int) {
        precondition(values.count == count * keys * dimension, "the keys are not C x J x K")
        self.count = count
        self.keys = keys
        self.dimension = dimension
        let lanes = PackedColumns.lanes
        let padded = PackedColumns.blocks(keys) * lanes
        packed = [Float](repeating: 0, count: count * padded * dimension)
        halfNorms = [Float](repeating: .infinity, count: count * padded)
        for codebook in 0..<count {
            for key in 0..<keys {
                let source = (codebook * keys + key) * dimension
                let coordinates = values[source..<(source + dimension)]
                guard coordinates.allSatisfy(\.isFinite) else { continue }
                var half: Float = 0
                for (k, value) in coordinates.enumerated() {
                    packed[
                        ((codebook * padded / lanes + key / lanes) * dimension + k) * lanes + key % lanes] =
                        value
                    half += value * value
                }
                halfNorms[codebook * padded + key] = half / 2
            }
        }
    }

    /// Blocks of 16 keys a codebook.
    private var blocks: Int { PackedColumns.blocks(keys) }

    /// Half norms under which no key can be chosen: the start of a set of used keys.
    public func hiddenHalfNorms() -> [Float] { [Float](repeating: .infinity, count: halfNorms.count) }

    /// Makes one key visible in a set that began with ``hiddenHalfNorms()``.
    public func reveal(_ key: Int, of codebook: Int, in visible: inout [Float]) {
        let position = codebook * blocks * PackedColumns.lanes + key
        visible[position] = halfNorms[position]
    }

    /// One key, K coordinates; nil when it is absent.
    public func key(_ key: Int, of codebook: Int) -> [Float]? {
        let lanes = PackedColumns.lanes
        guard halfNorms[codebook * blocks * lanes + key] < .infinity else { return nil }
        return (0..<dimension).map {
            packed[((codebook * blocks + key / lanes) * dimension + $0) * lanes + key % lanes]
        }
    }

    /// All keys as [C][J][K]; the coordinates of an absent key are NaN.
    public func values() -> [Float] {
        var values: [Float] = []
        values.reserveCapacity(count * keys * dimension)
        for codebook in 0..<count {
            for key in 0..<keys {
                values.append(
                    contentsOf: self.key(key, of: codebook) ?? [Float](repeating: .nan, count: dimension))
            }
        }
        return values
    }

    /// The nearest key of each of a batch of queries, in one codebook.
    ///
    /// - Parameters:
    ///   - queries: the first query of this codebook; the next is `stride` further.
    ///   - records: the number of queries.
    ///   - visible: a set of used keys (see ``reveal(_:of:in:)``), or nil for all.
    ///   - codes: where the index of each goes, `codeStride` apart.
    ///   - scores: where `|k|²/2 - q.k` of each goes, `codeStride` apart, or nil.
    public func nearest(
        codebook: Int, queries: UnsafePointer<Float>, stride: Int, records: Int, visible: [Float]? = nil,
        codes: UnsafeMutablePointer<UInt16>, codeStride: Int, scores: UnsafeMutablePointer<Float>? = nil
    ) {
        let padded = blocks * PackedColumns.lanes
        packed.withUnsafeBufferPointer { keys in
            (visible ?? halfNorms).withUnsafeBufferPointer { norms in
                guard let keys = keys.baseAddress, let norms = norms.baseAddress else { return }
                weir_nearest(
                    keys + codebook * padded * dimension, norms + codebook * padded, blocks, dimension,
                    queries,
                    stride, records, codes, codeStride, scores)
            }
        }
    }

    /// The `codes.count` nearest keys of one query in one codebook, nearest first, ties to the lowest index.
    ///
    /// - Parameters:
    ///   - query: K coordinates.
    ///   - visible: a set of used keys, or nil for all.
    public func nearest(
        codebook: Int, query: UnsafePointer<Float>, visible: [Float]? = nil,
        codes: UnsafeMutableBufferPointer<UInt16>
    ) {
        let padded = blocks * PackedColumns.lanes
        withUnsafeTemporaryAllocation(of: Float.self, capacity: padded) { scores in
            packed.withUnsafeBufferPointer { keys in
                (visible ?? halfNorms).withUnsafeBufferPointer { norms in
                    guard let keys = keys.baseAddress, let norms = norms.baseAddress else { return }
                    weir_scores(
                        keys + codebook * padded * dimension, norms + codebook * padded, blocks, dimension,
                        query,
                        scores.baseAddress)
                }
            }
            // T is small: keep the best T in order by insertion.
            var filled = 0
            for key in 0..<keys {
                var position = filled
                while position > 0, scores[key] < scores[Int(codes[position - 1])] { position -= 1 }
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
}
