import CKernels

/// One layer of a recurrent network. The input's part of the gates is one matrix product for all frames; the
/// hidden state's part goes frame by frame, for all sessions at once.
struct RecurrentOperation: Operation {
    /// What a cell is.
    enum Cell: Sendable {
        /// `h = f(W x + b + U h + c)`
        case plain(Activation)
        /// Gates i, f, g, o; the output may be projected.
        case lstm
        /// Gates r, z, n with `n = tanh(W x + b + r (U h + c))`.
        case gru

        var gates: Int {
            switch self {
            case .plain: 1
            case .lstm: 4
            case .gru: 3
            }
        }
    }

    let inputs: [Int]
    var output = 0
    let cell: Cell
    let inputSize: Int
    let hiddenSize: Int
    /// The width of the output and of the hidden state: `hiddenSize`, or that of the projection.
    let outputSize: Int
    let stateOffset: Int
    private let fromInput: PackedWeights
    private let fromHidden: PackedWeights
    private let projection: PackedWeights?
    private let inputBias: ConstantBuffer<Float>
    private let hiddenBias: ConstantBuffer<Float>

    /// - Parameters: as PyTorch has them, [gates * hiddenSize][width].
    init(
        input: Value, cell: Cell, hiddenSize: Int, weightInput: [Float], weightHidden: [Float],
        biasInput: [Float], biasHidden: [Float], projection: [Float]?, stateOffset: Int
    ) {
        inputs = [input.id]
        self.cell = cell
        inputSize = input.shape.channels
        self.hiddenSize = hiddenSize
        let gates = cell.gates * hiddenSize
        outputSize = projection.map { $0.count / hiddenSize } ?? hiddenSize
        self.stateOffset = stateOffset
        fromInput = PackedWeights(
            transposed(weightInput, rows: gates), depth: inputSize, outputs: gates)
        fromHidden = PackedWeights(
            transposed(weightHidden, rows: gates), depth: outputSize, outputs: gates)
        self.projection = projection.map {
            PackedWeights(
                transposed($0, rows: $0.count / hiddenSize), depth: hiddenSize, outputs: $0.count / hiddenSize
            )
        }
        inputBias = ConstantBuffer(biasInput)
        hiddenBias = ConstantBuffer(biasHidden)
    }

    private var gates: Int { cell.gates * hiddenSize }
    var multiplyAdds: Int {
        gates * (inputSize + outputSize) + (projection == nil ? 0 : hiddenSize * outputSize)
    }
    var summary: String {
        switch cell {
        case .plain(let activation): "RNN \(hiddenSize), \(activation.name)"
        case .lstm: "LSTM \(hiddenSize)" + (projection == nil ? "" : " to \(outputSize)")
        case .gru: "GRU \(hiddenSize)"
        }
    }

    func scratchFloats(frames: Int) -> Int { 2 * frames * gates + frames * hiddenSize }

    func run(_ run: Execution) {
        let frames = run.frames(inputs[0])
        let x = run.base(inputs[0])
        let out = run.base(output)
        let inputGates = run.scratch
        let hiddenGates = run.scratch + frames * gates
        let unprojected = hiddenGates + frames * gates
        multiply(fromInput, inputBias, run, rows: frames, into: inputGates) {
            UnsafePointer(x + $0 * inputSize)
        }
        var longest = 0
        for row in 0..<run.rows { longest = max(longest, run.span(inputs[0], row).count) }
        for frame in 0..<longest {
            // Sessions with fewer frames are passed over; their products are not needed.
            multiply(fromHidden, hiddenBias, run, rows: run.rows, into: hiddenGates) {
                UnsafePointer(run.state($0) + stateOffset)
            }
            for row in 0..<run.rows {
                let span = run.span(inputs[0], row)
                guard frame < span.count else { continue }
                let at = span.start + frame
                let gate = inputGates + at * gates
                let hidden = hiddenGates + row * gates
                let h = run.state(row) + stateOffset
                switch cell {
                case .plain(let activation):
                    weir_add(gate, hidden, hiddenSize, activation.code, activation.slope, h)
                case .gru:
                    weir_gru_cell(gate, hidden, hiddenSize, h)
                case .lstm:
                    weir_add(gate, hidden, gates, Activation.identity.code, 0, gate)
                    let c = h + (outputSize + 15) / 16 * 16
                    if let projection {
                        weir_lstm_cell(gate, hiddenSize, c, unprojected)
                        multiply(projection, nil, run, rows: 1, into: h) { _ in UnsafePointer(unprojected) }
                    } else {
                        weir_lstm_cell(gate, hiddenSize, c, h)
                    }
                }
                (out + at * outputSize).update(from: h, count: outputSize)
            }
        }
    }

    private func multiply(
        _ weights: PackedWeights, _ bias: ConstantBuffer<Float>?, _ run: Execution, rows: Int,
        into out: UnsafeMutablePointer<Float>, _ source: (Int) -> UnsafePointer<Float>
    ) {
        var first = 0
        while first < rows {
            let count = min(rows - first, 192)
            for index in 0..<count { run.taps[index] = source(first + index) }
            weir_gather_gemm(
                run.taps, count, 1, weights.depth, 0, weights.group(0), weights.outputs, bias?.start,
                Activation.identity.code, 0, out + first * weights.outputs, weights.outputs)
            first += count
        }
    }

    /// The floats that the state keeps.
    static func stateFloats(_ cell: Cell, hiddenSize: Int, outputSize: Int) -> Int {
        guard case .lstm = cell else { return outputSize }
        return (outputSize + 15) / 16 * 16 + hiddenSize
    }
}
