import CKernels

/// Rows of single-precision numbers, each padded with zeros to whole registers, for fast products with a vector.
public struct PaddedRows: Sendable, Equatable {
    /// The length of a row without its padding.
    public let width: Int
    /// The length of a row with its padding: a multiple of 16.
    public let stride: Int
    /// [count][stride]
    private var values: [Float] = []

    /// No rows.
    public init(width: Int) {
        self.width = width
        stride = Self.padded(width)
    }

    /// A length rounded up to whole registers.
    public static func padded(_ width: Int) -> Int { (width + 15) / 16 * 16 }

    /// The number of rows.
    public var count: Int { values.count / stride }

    /// The same rows, sharing nothing with these.
    package func copied() -> PaddedRows {
        var copy = self
        copy.values = values.copied()
        return copy
    }

    /// Appends rows of zeros until there are `count`.
    public mutating func grow(to count: Int) {
        guard count > self.count else { return }
        values.append(contentsOf: repeatElement(0, count: (count - self.count) * stride))
    }

    /// One row, `width` numbers.
    public subscript(row: Int) -> ArraySlice<Float> { values[(row * stride)..<(row * stride + width)] }

    /// One number.
    public subscript(row: Int, column: Int) -> Float {
        get { values[row * stride + column] }
        set { values[row * stride + column] = newValue }
    }

    /// Sets one row.
    ///
    /// - Parameter row: below ``count``.
    public mutating func setRow(_ row: Int, to body: (UnsafeMutableBufferPointer<Float>) -> Void) {
        let range = (row * stride)..<(row * stride + width)
        values.withUnsafeMutableBufferPointer { body(UnsafeMutableBufferPointer(rebasing: $0[range])) }
    }

    /// The product of every row with a vector; the same bits whatever the other rows are.
    ///
    /// - Parameters:
    ///   - vector: [stride], zeros beyond `width`.
    ///   - products: a place for each row, overwritten.
    public func products(
        with vector: UnsafeBufferPointer<Float>, into products: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(vector.count >= stride && products.count >= count, "the buffers are too short")
        values.withUnsafeBufferPointer {
            guard let rows = $0.baseAddress, let vector = vector.baseAddress, let out = products.baseAddress
            else { return }
            weir_matvec(rows, count, stride, vector, stride, out)
        }
    }

    /// All rows without their padding, one after another.
    public var flat: [Float] { (0..<count).flatMap { self[$0] } }

    /// Rows as ``flat`` gave them.
    ///
    /// - Precondition: a whole number of rows.
    public init(width: Int, flat: [Float]) {
        precondition(width > 0 && flat.count % width == 0, "the numbers are no whole number of rows")
        self.init(width: width)
        grow(to: flat.count / width)
        for row in 0..<count {
            for column in 0..<width { self[row, column] = flat[row * width + column] }
        }
    }
}
