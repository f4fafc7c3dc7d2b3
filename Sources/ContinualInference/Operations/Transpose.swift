/// The transpose of a matrix [rows][columns].
func transposed(_ matrix: [Float], rows: Int) -> [Float] {
    let columns = matrix.count / rows
    return [Float](unsafeUninitializedCapacity: matrix.count) { memory, count in
        for row in 0..<rows {
            for column in 0..<columns { memory[column * rows + row] = matrix[row * columns + column] }
        }
        count = matrix.count
    }
}
