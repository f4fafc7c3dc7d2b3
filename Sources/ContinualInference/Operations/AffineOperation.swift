import CKernels

/// A scale and a shift: by channel, or by each element of a frame.
struct AffineOperation: Operation {
    let inputs: [Int]
    var output = 0
    private let rowsPerFrame: Int
    private var scale: [Float]
    private var shift: [Float]
    private var activation = Activation.identity
    private var packedScale: ConstantBuffer<Float>?
    private var packedShift: ConstantBuffer<Float>?

    init(input: Value, scale: [Float], shift: [Float]) {
        inputs = [input.id]
        self.scale = scale
        self.shift = shift
        rowsPerFrame = input.shape.count / scale.count
    }

    var multiplyAdds: Int { rowsPerFrame * scale.count }
    var summary: String { "scale and shift" + activation.suffix }

    mutating func fold(scale next: [Float], shift nextShift: [Float]) -> Bool {
        guard activation == .identity, next.count == scale.count else { return false }
        for index in scale.indices {
            scale[index] *= next[index]
            shift[index] = shift[index] * next[index] + nextShift[index]
        }
        return true
    }

    mutating func fuse(_ next: Activation) -> Bool {
        guard activation == .identity else { return false }
        activation = next
        return true
    }

    mutating func prepare() {
        packedScale = ConstantBuffer(scale)
        packedShift = ConstantBuffer(shift)
    }

    func run(_ run: Execution) {
        guard let packedScale, let packedShift else { preconditionFailure("not prepared") }
        weir_affine(
            run.base(inputs[0]), run.frames(inputs[0]) * rowsPerFrame, scale.count, packedScale.start,
            packedShift.start, activation.code, activation.slope, run.base(output))
    }
}
