import CKernels
import Tensors

/// Keys for the search in full, sixteen side by side, for processors without the instructions of ``ByteKeys``.
struct PackedKeys: Sendable {
    private let dimension: Int
    private let distinct: DistinctKeys
    /// Where the blocks of each codebook begin: [C + 1].
    private let starts: [Int]
    /// [blocks][K][16]
    private var packed: [Float]
    /// [blocks x 16]; +infinity where there is no key.
    private var halfNorms: [Float]

    /// - Parameter values: [C][J][K].
    init(_ values: UnsafeBufferPointer<Float>, _ distinct: DistinctKeys, dimension: Int) {
        self.dimension = dimension
        self.distinct = distinct
        let lanes = PackedColumns.lanes
        var starts = [0]
        for codebook in 0..<(distinct.starts.count - 1) {
            starts.append(starts[codebook] + PackedColumns.blocks(distinct.count(of: codebook)))
        }
        self.starts = starts
        packed = [Float](repeating: 0, count: max(1, starts[starts.count - 1] * lanes * dimension))
        halfNorms = [Float](repeating: .infinity, count: max(1, starts[starts.count - 1] * lanes))
        for codebook in 0..<(distinct.starts.count - 1) {
            let first = distinct.starts[codebook]
            for place in 0..<distinct.count(of: codebook) {
                let source =
                    (codebook * distinct.keys + Int(distinct.indices[first + place])) * dimension
                let block = starts[codebook] + place / lanes
                for k in 0..<dimension {
                    packed[(block * dimension + k) * lanes + place % lanes] = values[source + k]
                }
                halfNorms[block * lanes + place % lanes] = distinct.halfNorms[first + place]
            }
        }
    }

    private func blocks(_ codebook: Int) -> Int { starts[codebook + 1] - starts[codebook] }

    /// One coordinate of the key at a place of a codebook.
    func coordinate(_ k: Int, of place: Int, in codebook: Int) -> Float {
        let lanes = PackedColumns.lanes
        return packed[((starts[codebook] + place / lanes) * dimension + k) * lanes + place % lanes]
    }

    /// See ``Codebooks/nearest(codebook:queries:stride:records:codes:codeStride:scores:)``.
    func nearest(
        _ codebook: Int, queries: UnsafePointer<Float>, stride: Int, records: Int,
        codes: UnsafeMutablePointer<UInt16>, codeStride: Int, scores: UnsafeMutablePointer<Float>?
    ) {
        packed.withUnsafeBufferPointer { keys in
            halfNorms.withUnsafeBufferPointer { norms in
                nearest(
                    codebook, keys,
                    UnsafePointer(norms.baseAddress! + starts[codebook] * PackedColumns.lanes),
                    queries: queries, stride: stride, records: records, codes: codes, codeStride: codeStride,
                    scores: scores)
            }
        }
    }

    private func nearest(
        _ codebook: Int, _ keys: UnsafeBufferPointer<Float>, _ norms: UnsafePointer<Float>,
        queries: UnsafePointer<Float>, stride: Int, records: Int, codes: UnsafeMutablePointer<UInt16>,
        codeStride: Int, scores: UnsafeMutablePointer<Float>?
    ) {
        let first = keys.baseAddress! + starts[codebook] * PackedColumns.lanes * dimension
        if distinct.isWhole(codebook) {
            weir_nearest(
                first, norms, blocks(codebook), dimension, queries, stride, records, codes, codeStride, scores
            )
            return
        }
        for record in 0..<records {
            var place: UInt16 = 0
            var score: Float = 0
            weir_nearest(
                first, norms, blocks(codebook), dimension, queries + record * stride, stride, 1, &place, 1,
                &score)
            // Without a key below +infinity the answer is index 0, which the place 0 need not have.
            let index = distinct.starts[codebook] + Int(place)
            codes[record * codeStride] = score < .infinity ? distinct.indices[index] : 0
            scores?[record * codeStride] = score
        }
    }

    /// The nearest key of those whose place has its bit set.
    func nearest(_ codebook: Int, query: UnsafePointer<Float>, mask: UnsafePointer<UInt64>) -> UInt16 {
        let lanes = PackedColumns.lanes
        let size = blocks(codebook) * lanes
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: size) { norms in
            for place in 0..<size {
                let isUsed = place < distinct.keys && mask[place / 64] >> UInt64(place % 64) & 1 == 1
                norms[place] = isUsed ? halfNorms[starts[codebook] * lanes + place] : .infinity
            }
            var code: UInt16 = 0
            packed.withUnsafeBufferPointer { keys in
                nearest(
                    codebook, keys, UnsafePointer(norms.baseAddress!), queries: query, stride: 0, records: 1,
                    codes: &code, codeStride: 1, scores: nil)
            }
            return code
        }
    }

    /// The scores of the keys at all places, those of the padding among them.
    func score(_ codebook: Int, query: UnsafePointer<Float>, into scores: UnsafeMutablePointer<Float>) {
        packed.withUnsafeBufferPointer { keys in
            halfNorms.withUnsafeBufferPointer { norms in
                weir_scores(
                    keys.baseAddress! + starts[codebook] * PackedColumns.lanes * dimension,
                    norms.baseAddress! + starts[codebook] * PackedColumns.lanes, blocks(codebook), dimension,
                    query, scores)
            }
        }
    }
}
