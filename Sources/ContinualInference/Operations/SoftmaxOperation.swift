import CKernels

/// Softmax over the channels of each position.
struct SoftmaxOperation: Operation {
    let inputs: [Int]
    var output = 0
    let shape: FrameShape

    init(input: Value) {
        inputs = [input.id]
        shape = input.shape
    }

    var summary: String { "softmax" }

    func run(_ run: Execution) {
        weir_softmax(
            run.base(inputs[0]), run.frames(inputs[0]) * shape.positions, shape.channels, run.base(output))
    }
}
