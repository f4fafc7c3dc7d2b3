/// The last position of each frame.
struct LastPositionOperation: Operation {
    let inputs: [Int]
    var output = 0
    let shape: FrameShape

    init(input: Value) {
        inputs = [input.id]
        shape = input.shape
    }

    var summary: String { "last token" }

    func run(_ run: Execution) {
        for frame in 0..<run.frames(inputs[0]) {
            (run.base(output) + frame * shape.channels).update(
                from: run.base(inputs[0]) + (frame + 1) * shape.count - shape.channels, count: shape.channels)
        }
    }
}
