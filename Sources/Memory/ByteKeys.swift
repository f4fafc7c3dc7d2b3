import CKernels
import Tensors

/// Keys for the search by bytes: in full, key after key, and again with eight bits a coordinate.
///
/// A class, because the kernel holds addresses into its memory, which is set once and then only read.
final class ByteKeys: @unchecked Sendable {
    private let codebooks: UnsafeMutableBufferPointer<weir_byte_codebook>
    private let keys: UnsafeMutableBufferPointer<Float>
    private let halfNorms: UnsafeMutableBufferPointer<Float>
    private let centres: UnsafeMutableBufferPointer<Float>
    private let indices: UnsafeMutableBufferPointer<UInt16>
    private let bytes: UnsafeMutableRawPointer

    /// - Parameter values: [C][J][K].
    init(_ values: UnsafeBufferPointer<Float>, _ distinct: DistinctKeys, dimension: Int) {
        let count = distinct.starts.count - 1
        keys = .allocate(capacity: distinct.indices.count * dimension)
        halfNorms = .allocate(capacity: distinct.indices.count)
        _ = halfNorms.initialize(from: distinct.halfNorms)
        indices = .allocate(capacity: distinct.indices.count)
        _ = indices.initialize(from: distinct.indices)
        centres = .allocate(capacity: count * dimension)
        centres.initialize(repeating: 0)
        codebooks = .allocate(capacity: count)
        let group = Int(WEIR_GROUP)
        let sizes = (0..<count).map {
            (distinct.count(of: $0) + group - 1) / group * (group / 16) * weir_byte_rows(dimension) * 64
        }
        bytes = .allocate(byteCount: max(64, sizes.reduce(0, +)), alignment: 64)
        var offset = 0
        for codebook in 0..<count {
            let start = distinct.starts[codebook]
            for place in start..<distinct.starts[codebook + 1] {
                let source = (codebook * distinct.keys + Int(distinct.indices[place])) * dimension
                for k in 0..<dimension {
                    keys.initializeElement(at: place * dimension + k, to: values[source + k])
                }
            }
            var book = weir_byte_codebook()
            book.keys = UnsafePointer(keys.baseAddress! + start * dimension)
            book.half_norms = UnsafePointer(halfNorms.baseAddress! + start)
            book.bytes = (bytes + offset).assumingMemoryBound(to: UInt8.self)
            book.centre = centres.baseAddress! + codebook * dimension
            book.indices = distinct.isWhole(codebook) ? nil : UnsafePointer(indices.baseAddress! + start)
            book.count = UInt32(distinct.count(of: codebook))
            book.dimension = UInt32(dimension)
            weir_quantise(&book)
            codebooks.initializeElement(at: codebook, to: book)
            offset += sizes[codebook]
        }
    }

    deinit {
        codebooks.deallocate()
        keys.deallocate()
        halfNorms.deallocate()
        centres.deallocate()
        indices.deallocate()
        bytes.deallocate()
    }

    /// The coordinates of the key at a place.
    func key(at place: Int, dimension: Int) -> UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(rebasing: keys[(place * dimension)..<((place + 1) * dimension)])
    }

    /// See ``Codebooks/nearest(queries:stride:records:codes:codeStride:)``; for some codebooks only.
    func nearest(
        _ range: Range<Int>, queries: UnsafePointer<Float>, stride: Int, records: Int,
        codes: UnsafeMutablePointer<UInt16>, codeStride: Int, scores: UnsafeMutablePointer<Float>?
    ) {
        weir_nearest_bytes(
            codebooks.baseAddress! + range.lowerBound, range.count, queries, stride, records, codes,
            codeStride, scores)
    }

    /// The nearest key of those whose place has its bit set.
    func nearest(_ codebook: Int, query: UnsafePointer<Float>, mask: UnsafePointer<UInt64>) -> UInt16 {
        weir_nearest_masked_bytes(codebooks.baseAddress! + codebook, mask, query)
    }

    /// The score of the key at each place.
    func score(_ codebook: Int, query: UnsafePointer<Float>, into scores: UnsafeMutablePointer<Float>) {
        weir_row_scores(codebooks.baseAddress! + codebook, query, scores)
    }
}
