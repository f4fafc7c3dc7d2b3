import CKernels

/// Columns of numbers in the layout of the kernels: blocks of 16 columns, each block row after row, so that
/// one step of a kernel loads 16 neighbours. Missing columns of the last block are zeros.
public struct PackedColumns: Sendable {
    /// Columns a block.
    public static let lanes = Int(WEIR_LANES)

    /// The number of rows: the length of each column.
    public let rows: Int
    /// The number of columns.
    public let columns: Int
    /// [blocks][rows][lanes]
    public private(set) var values: [Float]

    /// Columns of zeros.
    public init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        values = [Float](repeating: 0, count: Self.blocks(columns) * rows * Self.lanes)
    }

    /// The number of blocks that hold `columns` columns.
    public static func blocks(_ columns: Int) -> Int { (columns + lanes - 1) / lanes }

    /// The number of blocks.
    public var blocks: Int { Self.blocks(columns) }

    /// One number.
    public subscript(row: Int, column: Int) -> Float {
        get { values[position(row, column)] }
        set { values[position(row, column)] = newValue }
    }

    private func position(_ row: Int, _ column: Int) -> Int {
        (column / Self.lanes * rows + row) * Self.lanes + column % Self.lanes
    }
}
