import CKernels

/// A function of each element.
struct ActivationOperation: Operation {
    let inputs: [Int]
    var output = 0
    let activation: Activation
    let frameFloats: Int

    init(input: Value, activation: Activation) {
        inputs = [input.id]
        self.activation = activation
        frameFloats = input.shape.count
    }

    var summary: String { activation.name }

    func run(_ run: Execution) {
        weir_activate(
            run.base(inputs[0]), run.frames(inputs[0]) * frameFloats, activation.code, activation.slope,
            run.base(output))
    }
}
