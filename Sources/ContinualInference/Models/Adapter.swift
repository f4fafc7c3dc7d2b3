import Tensors

/// Structured pruning adapters: small learned changes of a layer and masks of the rows and columns that are
/// kept. Fused with the weights when a model is loaded, they leave an ordinary, smaller layer, whose work and
/// whose state of a session are smaller too (Hedegaard et al., "Structured Pruning Adapters", arXiv
/// 2211.10155).
///
/// Beside `<layer>.weight` [out, in, kernel…] there may be:
///
/// | name | shape | what it does |
/// |---|---|---|
/// | `<layer>.cols`, `<layer>.rows` | [out, r], [r, in] | SPLoRA: `W + cols rows`, in a convolution on the centre tap |
/// | `<layer>.adapter` | [out, in] | SPPaRA: a parallel 1x1 layer on the centre tap |
/// | `<layer>.mask_out` | [out] | keeps the rows, and elements of `bias`, where it is not zero |
/// | `<layer>.mask_in` | [in] | keeps the columns where it is not zero |
///
/// A norm (`weight` [channels]) takes `mask_out`, which then keeps elements of its running statistics too.
/// The network is built with the smaller widths; nothing here knows which layers follow each other.
public enum Adapter {
    private static let suffixes = ["cols", "rows", "adapter", "mask_in", "mask_out"]

    /// The tensors with all adapters fused and gone; the others as they are.
    ///
    /// - Throws: ``ContinualError`` when a part is missing, shapes do not fit, or a kernel has no centre.
    public static func fused(_ tensors: [String: TensorData]) throws -> [String: TensorData] {
        var result = tensors
        var layers: Set<String> = []
        for name in tensors.keys {
            guard let dot = name.lastIndex(of: "."),
                suffixes.contains(String(name[name.index(after: dot)...]))
            else {
                continue
            }
            layers.insert(String(name[..<dot]))
            result[name] = nil
        }
        for layer in layers.sorted() { try fuse(layer, tensors, into: &result) }
        return result
    }

    private static func fuse(
        _ layer: String, _ tensors: [String: TensorData], into result: inout [String: TensorData]
    ) throws {
        func part(_ suffix: String) -> TensorData? { tensors["\(layer).\(suffix)"] }
        guard let weight = part("weight"), !weight.shape.isEmpty else {
            throw ContinualError(.weights, "there are adapters of \(layer), but no \(layer).weight")
        }
        var matrix = Matrix(weight)
        switch (part("cols"), part("rows")) {
        case (nil, nil): break
        case (let cols?, let rows?):
            guard cols.shape.count == 2, rows.shape.count == 2, cols.shape[1] == rows.shape[0] else {
                throw ContinualError(
                    .weights,
                    "\(layer).cols \(cols.shape) and \(layer).rows \(rows.shape) should be [out, r] and [r, in]"
                )
            }
            try matrix.check([cols.shape[0], rows.shape[1]], "\(layer).cols and .rows")
            matrix.add(product(cols, rows))
        default: throw ContinualError(.weights, "\(layer) has one of .cols and .rows; the other is missing")
        }
        if let adapter = part("adapter") {
            try matrix.check(adapter.shape, "\(layer).adapter")
            matrix.add(adapter.floats())
        }
        if let mask = part("mask_in") {
            matrix = matrix.columns(try kept(mask, of: matrix.columns, "\(layer).mask_in"))
        }
        if let mask = part("mask_out") {
            let rows = try kept(mask, of: matrix.rows, "\(layer).mask_out")
            matrix = matrix.rows(rows)
            for name in ["bias", "running_mean", "running_var"] {
                guard let tensor = part(name) else { continue }
                guard tensor.shape == [mask.count] else {
                    throw ContinualError(
                        .weights, "\(layer).\(name) has the shape \(tensor.shape), its mask \(mask.shape)")
                }
                let values = tensor.floats()
                result["\(layer).\(name)"] = TensorData(rows.map { values[$0] }, shape: [rows.count])
            }
        }
        result["\(layer).weight"] = matrix.tensor
    }

    /// The indices that a mask keeps.
    private static func kept(_ mask: TensorData, of count: Int, _ name: String) throws -> [Int] {
        guard mask.shape == [count] else {
            throw ContinualError(.weights, "\(name) has the shape \(mask.shape), its weight needs [\(count)]")
        }
        let kept = mask.floats().enumerated().filter { $0.element != 0 }.map(\.offset)
        guard !kept.isEmpty else { throw ContinualError(.weights, "\(name) keeps nothing") }
        return kept
    }

    private static func product(_ a: TensorData, _ b: TensorData) -> [Float] {
        let (left, right) = (a.floats(), b.floats())
        let (rows, depth, columns) = (a.shape[0], a.shape[1], b.shape[1])
        return (0..<(rows * columns)).map { index in
            let (row, column) = (index / columns, index % columns)
            // In double precision: fused once, used for ever.
            return Float(
                (0..<depth).reduce(0.0) {
                    $0 + Double(left[row * depth + $1]) * Double(right[$1 * columns + column])
                })
        }
    }
}

/// A weight as rows of columns of taps.
private struct Matrix {
    var values: [Float]
    var rows: Int
    var columns: Int
    let kernel: [Int]
    private let hasColumns: Bool

    init(_ weight: TensorData) {
        values = weight.floats()
        rows = weight.shape[0]
        hasColumns = weight.shape.count > 1
        columns = hasColumns ? weight.shape[1] : 1
        kernel = Array(weight.shape.dropFirst(2))
    }

    private var taps: Int { kernel.reduce(1, *) }

    var tensor: TensorData { TensorData(values, shape: hasColumns ? [rows, columns] + kernel : [rows]) }

    /// Whether a matrix of that shape can be added. Asked before anything of that size is made.
    func check(_ shape: [Int], _ name: String) throws {
        guard shape == [rows, columns] else {
            throw ContinualError(
                .weights,
                "\(name) make \(shape), the weight has [\(rows), \(columns)] and a kernel of \(kernel)")
        }
        guard kernel.allSatisfy({ $0 % 2 == 1 }) else {
            throw ContinualError(
                .weights, "\(name): a kernel of \(kernel) has no centre; extents must be odd")
        }
    }

    /// Adds a matrix to the centre tap.
    mutating func add(_ change: [Float]) {
        let centre = taps / 2
        for index in change.indices { values[index * taps + centre] += change[index] }
    }

    func rows(_ kept: [Int]) -> Matrix {
        var result = self
        let width = columns * taps
        result.values = kept.flatMap { values[($0 * width)..<(($0 + 1) * width)] }
        result.rows = kept.count
        return result
    }

    func columns(_ kept: [Int]) -> Matrix {
        var result = self
        result.values = (0..<rows).flatMap { row in
            kept.flatMap { column in
                let start = (row * columns + column) * taps
                return values[start..<(start + taps)]
            }
        }
        result.columns = kept.count
        return result
    }
}
