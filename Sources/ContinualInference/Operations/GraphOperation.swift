import CKernels

/// A graph convolution over the positions of a frame: for each of several adjacency matrices the positions'
/// channels are mixed, then multiplied by that matrix's weights and summed.
///
/// Yan, Xiong and Lin, "Spatial Temporal Graph Convolutional Networks" (2018), equation 10. Mixing goes along
/// the edges that exist; the products of all matrices, and of a residual's weights, are one matrix product.
struct GraphOperation: Operation {
    /// How the input is added to the sum.
    enum Shortcut: Sendable {
        case none
        case identity
        /// Weights [outputChannels][inputChannels], norms folded in.
        case weights([Float])
    }

    private struct Edge: BitwiseCopyable {
        let from: Int32
        let to: Int32
        let weight: Float
    }

    let inputs: [Int]
    var output = 0
    let partitions: Int
    let vertices: Int
    /// Graphs of one frame: persons.
    let sets: Int
    let inputChannels: Int
    let outputChannels: Int
    private let addsInput: Bool
    private let taps: Int
    private let packed: PackedWeights
    private let bias: ConstantBuffer<Float>
    private let edges: [ConstantBuffer<Edge>]
    private var activation = Activation.identity

    /// - Parameters:
    ///   - adjacency: [partitions][vertices][vertices], from row to column.
    ///   - weights: [partitions][outputChannels][inputChannels], norms folded in.
    ///   - bias: [outputChannels], of all partitions and the shortcut together.
    init(
        input: Value, adjacency: [Float], partitions: Int, vertices: Int, weights: [Float], bias: [Float],
        shortcut: Shortcut
    ) {
        inputs = [input.id]
        self.partitions = partitions
        self.vertices = vertices
        sets = input.shape.positions / vertices
        inputChannels = input.shape.channels
        outputChannels = bias.count
        let matrix = inputChannels * outputChannels
        var all = weights
        var taps = partitions
        var addsInput = false
        switch shortcut {
        case .none: break
        case .identity: addsInput = true
        case .weights(let more):
            all += more
            taps += 1
        }
        self.addsInput = addsInput
        self.taps = taps
        var turned: [Float] = []
        turned.reserveCapacity(all.count)
        for tap in 0..<taps {
            turned += transposed(Array(all[(tap * matrix)..<((tap + 1) * matrix)]), rows: outputChannels)
        }
        packed = PackedWeights(turned, depth: taps * inputChannels, outputs: outputChannels)
        self.bias = ConstantBuffer(bias)
        edges = (0..<partitions).map { partition in
            var list: [Edge] = []
            for to in 0..<vertices {
                for from in 0..<vertices {
                    let weight = adjacency[(partition * vertices + from) * vertices + to]
                    if weight != 0 { list.append(Edge(from: Int32(from), to: Int32(to), weight: weight)) }
                }
            }
            return ConstantBuffer(list)
        }
    }

    var tapsAtOnce: Int { taps }
    var multiplyAdds: Int {
        sets
            * (vertices * taps * inputChannels * outputChannels + edges.reduce(0) { $0 + $1.count }
                * inputChannels)
    }
    var summary: String { "graph convolution, \(vertices) vertices" + activation.suffix }

    mutating func fuse(_ next: Activation) -> Bool {
        guard activation == .identity else { return false }
        activation = next
        return true
    }

    func scratchFloats(frames: Int) -> Int { partitions * vertices * sets * inputChannels }

    func run(_ run: Execution) {
        let frameFloats = sets * vertices * inputChannels
        let positions = sets * vertices
        let rowsAtOnce = max(1, min(192, run.tapCapacity / taps))
        let scratch = run.scratch
        for frame in 0..<run.frames(inputs[0]) {
            let x = run.base(inputs[0]) + frame * frameFloats
            let out = run.base(output) + frame * positions * outputChannels
            scratch.update(repeating: 0, count: partitions * frameFloats)
            for partition in 0..<partitions { mix(x, edges[partition], scratch + partition * frameFloats) }
            var position = 0
            while position < positions {
                let count = min(positions - position, rowsAtOnce)
                for row in 0..<count {
                    let offset = (position + row) * inputChannels
                    for partition in 0..<partitions {
                        run.taps[row * taps + partition] = UnsafePointer(
                            scratch + partition * frameFloats + offset)
                    }
                    if taps > partitions { run.taps[row * taps + partitions] = UnsafePointer(x + offset) }
                }
                let last: Activation = addsInput ? .identity : activation
                weir_gather_gemm(
                    run.taps, count, taps, inputChannels, 0, packed.group(0), outputChannels, bias.start,
                    last.code, last.slope, out + position * outputChannels, outputChannels)
                position += count
            }
            if addsInput { weir_add(out, x, frameFloats, activation.code, activation.slope, out) }
        }
    }

    /// Adds to each vertex what comes along its edges.
    private func mix(
        _ x: UnsafeMutablePointer<Float>, _ edges: ConstantBuffer<Edge>, _ out: UnsafeMutablePointer<Float>
    ) {
        for set in 0..<sets {
            for index in 0..<edges.count {
                let edge = edges.start[index]
                let source = x + (set * vertices + Int(edge.from)) * inputChannels
                let target = out + (set * vertices + Int(edge.to)) * inputChannels
                for channel in 0..<inputChannels { target[channel] += edge.weight * source[channel] }
            }
        }
    }
}
