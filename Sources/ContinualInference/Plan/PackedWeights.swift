import CKernels

/// A matrix [depth][outputs] in the panels that `weir_gather_gemm` reads, one after the other for each group.
struct PackedWeights: Sendable {
    let groups: Int
    let depth: Int
    let outputs: Int
    private let panels: ConstantBuffer<Float>
    private let groupFloats: Int

    /// - Parameter weights: [groups][depth][outputs].
    init(_ weights: [Float], groups: Int = 1, depth: Int, outputs: Int) {
        precondition(weights.count == groups * depth * outputs, "weights do not fit their shape")
        self.groups = groups
        self.depth = depth
        self.outputs = outputs
        let floats = weir_packed_count(depth, outputs)
        groupFloats = floats
        panels = ConstantBuffer(count: groups * floats) { memory in
            weights.withUnsafeBufferPointer { source in
                for group in 0..<groups {
                    weir_pack(
                        source.baseAddress! + group * depth * outputs, depth, outputs, memory + group * floats
                    )
                }
            }
        }
    }

    /// The panels of one group.
    func group(_ group: Int) -> UnsafePointer<Float> { panels.start + group * groupFloats }
}
