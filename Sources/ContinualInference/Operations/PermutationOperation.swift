import CKernels

/// Puts the values of each frame in another order.
struct PermutationOperation: Operation {
    private enum Form: Sendable {
        /// [rows][columns] to [columns][rows].
        case transpose(rows: Int, columns: Int)
        /// For each value its place in the input.
        case table(ConstantBuffer<Int32>)
    }

    let inputs: [Int]
    var output = 0
    let frameFloats: Int
    private let form: Form

    /// The transpose of frames [rows][columns].
    init(input: Value, rows: Int, columns: Int) {
        inputs = [input.id]
        frameFloats = rows * columns
        form = .transpose(rows: rows, columns: columns)
    }

    /// - Parameter places: for each value of the output its place in the input.
    init(input: Value, places: [Int32]) {
        inputs = [input.id]
        frameFloats = places.count
        form = .table(ConstantBuffer(places))
    }

    var summary: String { "permutation" }

    func run(_ run: Execution) {
        for frame in 0..<run.frames(inputs[0]) {
            let x = run.base(inputs[0]) + frame * frameFloats
            let out = run.base(output) + frame * frameFloats
            switch form {
            case .transpose(let rows, let columns): weir_transpose(x, rows, columns, out)
            case .table(let places):
                for index in 0..<frameFloats { out[index] = x[Int(places.start[index])] }
            }
        }
    }
}
