import CKernels

/// Adds a vector of a table that is gone through in a circle, one entry a frame.
struct PositionalEncodingOperation: Operation {
    let inputs: [Int]
    var output = 0
    let channels: Int
    let entries: Int
    private let table: ConstantBuffer<Float>

    /// - Parameter table: [entries][channels].
    init(input: Value, table: [Float]) {
        inputs = [input.id]
        channels = input.shape.channels
        entries = table.count / input.shape.channels
        self.table = ConstantBuffer(table)
    }

    var multiplyAdds: Int { channels }
    var summary: String { "positional encoding, \(entries) positions" }

    func run(_ run: Execution) {
        for row in 0..<run.rows {
            let span = run.span(inputs[0], row)
            for frame in 0..<span.count {
                let at = (span.start + frame) * channels
                weir_add(
                    run.base(inputs[0]) + at, table.start + (span.first + frame) % entries * channels,
                    channels,
                    Activation.identity.code, 0, run.base(output) + at)
            }
        }
    }
}
