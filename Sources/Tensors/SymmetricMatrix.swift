import COpenBLAS

/// A symmetric matrix in double precision of which the lower triangle is kept, in the storage of a full square,
/// row after row, as BLAS and LAPACK want it.
///
/// BLAS runs on the calling thread alone: whoever has more cores gives them other work.
public struct SymmetricMatrix: Sendable, Equatable {
    /// The number of rows and of columns.
    public let size: Int
    /// [size][size]; what stands above the diagonal has no meaning.
    public private(set) var values: [Double]

    /// Spinning threads of BLAS on a busy machine make everything slower, and their number would decide about the
    /// last bits of a result.
    private static let onOneThread: Void = openblas_set_num_threads(1)

    /// Zeros.
    public init(size: Int) {
        self.size = size
        values = [Double](repeating: 0, count: size * size)
    }

    /// One number; `row >= column`.
    public subscript(row: Int, column: Int) -> Double {
        get { values[row * size + column] }
        set { values[row * size + column] = newValue }
    }

    /// The numbers on the diagonal.
    public var diagonal: [Double] { (0..<size).map { values[$0 * size + $0] } }

    /// Adds `factor` times the sum over rows of `row rowᵀ` (BLAS `dsyrk`).
    ///
    /// Where all numbers are whole and the sums stay below 2^53 the result is exact, whatever order BLAS adds in.
    ///
    /// - Parameter rows: [count][size]
    public mutating func addProducts(of rows: UnsafeBufferPointer<Double>, count: Int, factor: Double) {
        precondition(rows.count >= count * size, "the rows are shorter than the matrix")
        guard count > 0 else { return }
        _ = Self.onOneThread
        let size = Int32(size)
        values.withUnsafeMutableBufferPointer {
            cblas_dsyrk(
                CblasRowMajor, CblasLower, CblasTrans, size, Int32(count), factor, rows.baseAddress, size, 1,
                $0.baseAddress, size)
        }
    }

    /// Turns the matrix into the lower triangular L with `L Lᵀ` equal to it (LAPACK `dpotrf`); nil when it is not
    /// positive definite, or not finite. The matrix is empty afterwards: L takes its room.
    public mutating func takeFactor() -> TriangularFactor? {
        _ = Self.onOneThread
        var order = Int32(size)
        var width = order
        var information: Int32 = 0
        // Rows of a lower triangle are columns of an upper one, which is how LAPACK reads them.
        var triangle = CChar(UInt8(ascii: "U"))
        values.withUnsafeMutableBufferPointer {
            dpotrf_(&triangle, &order, $0.baseAddress, &width, &information)
        }
        let factor = values
        values = []
        // A number that is not finite ends up on the diagonal, and not every LAPACK reports it.
        guard information == 0, (0..<size).allSatisfy({ factor[$0 * size + $0].isFinite }) else { return nil }
        return TriangularFactor(size: size, values: factor)
    }

    /// The lower triangle, row after row.
    public var packed: [Double] {
        var result: [Double] = []
        result.reserveCapacity(size * (size + 1) / 2)
        for row in 0..<size { result.append(contentsOf: values[(row * size)..<(row * size + row + 1)]) }
        return result
    }

    /// A matrix of the lower triangle that ``packed`` gave.
    ///
    /// - Precondition: `size (size + 1) / 2` numbers.
    public init(size: Int, packed: [Double]) {
        precondition(packed.count == size * (size + 1) / 2, "the numbers are no triangle of that size")
        self.init(size: size)
        var next = 0
        for row in 0..<size {
            for column in 0...row {
                values[row * size + column] = packed[next]
                next += 1
            }
        }
    }
}
