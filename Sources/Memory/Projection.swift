import CKernels
import Tensors

/// The frozen map from an embedding to the queries of all codebooks.
///
/// Random projection: `z[b,c,k] = sum over d of x[b,d] R[c,d,k]`, where every column `R[c,:,k]` is an
/// independent uniform unit vector. Chunks: `z[b,c,k] = x[b, c K + k]`.
public struct Projection: Sendable {
    /// D, the length of an embedding.
    public let dimension: Int
    /// C K, the queries of all codebooks in a row.
    public let width: Int
    /// The columns of R, or nil for chunks.
    public let columns: PackedColumns?

    /// Chunks of the embedding itself.
    public init(chunksOf dimension: Int) {
        self.dimension = dimension
        width = dimension
        columns = nil
    }

    /// Random unit columns, from a seed.
    public init(dimension: Int, codebooks: Int, keyDimension: Int, seed: UInt64) {
        var random = RandomGenerator(seed: seed)
        var matrix = [Float](repeating: 0, count: codebooks * dimension * keyDimension)
        var column = [Double](repeating: 0, count: dimension)
        for codebook in 0..<codebooks {
            for k in 0..<keyDimension {
                var norm = 0.0
                for d in 0..<dimension {
                    column[d] = random.normal()
                    norm += column[d] * column[d]
                }
                let scale = 1 / max(norm.squareRoot(), 1e-12)
                for d in 0..<dimension {
                    matrix[(codebook * dimension + d) * keyDimension + k] = Float(column[d] * scale)
                }
            }
        }
        self.init(matrix: matrix, dimension: dimension, codebooks: codebooks, keyDimension: keyDimension)
    }

    /// A given projection.
    ///
    /// - Parameter matrix: R as [C][D][K].
    public init(matrix: [Float], dimension: Int, codebooks: Int, keyDimension: Int) {
        precondition(matrix.count == dimension * codebooks * keyDimension, "the matrix is not C x D x K")
        var columns = PackedColumns(rows: dimension, columns: codebooks * keyDimension)
        for codebook in 0..<codebooks {
            for d in 0..<dimension {
                for k in 0..<keyDimension {
                    columns[d, codebook * keyDimension + k] =
                        matrix[(codebook * dimension + d) * keyDimension + k]
                }
            }
        }
        self.dimension = dimension
        width = codebooks * keyDimension
        self.columns = columns
    }

    /// The distance between the queries of two records in ``project(_:rows:into:)``'s output.
    public var stride: Int { columns.map { $0.blocks * PackedColumns.lanes } ?? width }

    /// Projects a batch.
    ///
    /// - Parameters:
    ///   - vectors: [rows][dimension].
    ///   - rows: the number of records.
    ///   - queries: [rows][stride]; overwritten.
    public func project(_ vectors: UnsafePointer<Float>, rows: Int, into queries: UnsafeMutablePointer<Float>)
    {
        guard let columns else {
            queries.update(from: vectors, count: rows * dimension)
            return
        }
        columns.values.withUnsafeBufferPointer { matrix in
            weir_project(vectors, rows, dimension, matrix.baseAddress, columns.blocks, queries, stride)
        }
    }

    /// Projects one record on the queries of one codebook only, with the same bits.
    ///
    /// - Parameters:
    ///   - vector: [dimension].
    ///   - first: c K, the place of the codebook's first query.
    ///   - count: K.
    ///   - body: is given the K queries.
    func withQuery<R>(
        _ vector: UnsafePointer<Float>, at first: Int, count: Int, _ body: (UnsafePointer<Float>) -> R
    ) -> R {
        guard let columns else { return body(vector + first) }
        let lanes = PackedColumns.lanes
        let blocks = (first / lanes)..<((first + count + lanes - 1) / lanes)
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: blocks.count * lanes) { queries in
            let target = queries.baseAddress!
            columns.values.withUnsafeBufferPointer { matrix in
                weir_project(
                    vector, 1, dimension, matrix.baseAddress! + blocks.lowerBound * dimension * lanes,
                    blocks.count, target, blocks.count * lanes)
            }
            return body(target + first % lanes)
        }
    }

    /// R as [C][D][K], or nil for chunks.
    public func matrix(codebooks: Int, keyDimension: Int) -> [Float]? {
        guard let columns else { return nil }
        var matrix = [Float](repeating: 0, count: codebooks * dimension * keyDimension)
        for codebook in 0..<codebooks {
            for d in 0..<dimension {
                for k in 0..<keyDimension {
                    matrix[(codebook * dimension + d) * keyDimension + k] =
                        columns[d, codebook * keyDimension + k]
                }
            }
        }
        return matrix
    }
}
