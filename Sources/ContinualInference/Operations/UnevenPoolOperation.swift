import CKernels

/// The mean or the maximum over windows of space of different sizes, frame by frame.
struct UnevenPoolOperation: Operation {
    let inputs: [Int]
    var output = 0
    let kind: PoolOperation.Kind
    let shape: FrameShape
    /// For each output position the input positions.
    let windows: [[Int32]]

    init(input: Value, kind: PoolOperation.Kind, windows: [[Int32]]) {
        inputs = [input.id]
        shape = input.shape
        self.kind = kind
        self.windows = windows
    }

    var tapsAtOnce: Int { windows.map(\.count).max() ?? 0 }
    var multiplyAdds: Int { windows.reduce(0) { $0 + $1.count } * shape.channels }
    var summary: String { "\(kind) pool to \(windows.count) positions" }

    func run(_ run: Execution) {
        var out = run.base(output)
        for frame in 0..<run.frames(inputs[0]) {
            let x = run.base(inputs[0]) + frame * shape.count
            for window in windows {
                for (tap, position) in window.enumerated() {
                    run.taps[tap] = UnsafePointer(x + Int(position) * shape.channels)
                }
                switch kind {
                case .mean:
                    weir_gather_sum(run.taps, 1, window.count, shape.channels, 1 / Float(window.count), out)
                case .maximum: weir_gather_max(run.taps, 1, window.count, shape.channels, out)
                }
                out += shape.channels
            }
        }
    }
}
