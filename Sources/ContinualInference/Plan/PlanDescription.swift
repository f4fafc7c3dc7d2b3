extension Plan {
    /// One operation of a plan, as it is described to people.
    public struct Layer: Sendable, Hashable {
        /// What it does, with what was fused into it: `convolution 3x1x1, ReLU`.
        public let summary: String
        /// The shape of its output.
        public let outputShape: FrameShape
        /// The step, counted from 0, with its first output.
        public let firstOutput: Int
        /// The number of steps from one output to the next.
        public let stride: Int
        /// The multiply-adds for one output.
        public let multiplyAdds: Int
    }

    /// The operations in the order in which they run.
    public var layers: [Layer] {
        operations.map { operation in
            let facts = values[operation.output]
            return Layer(
                summary: operation.summary, outputShape: facts.shape, firstOutput: facts.firstStep,
                stride: facts.stride, multiplyAdds: operation.multiplyAdds)
        }
    }

    /// The number of values that are learned by gradient; running statistics and fixed adjacencies are not.
    public var learnedParameters: Int { parameters.reduce(0) { $0 + ($1.isLearned ? $1.count : 0) } }

    /// The number of values that were measured or given: running statistics and fixed adjacencies.
    public var fixedParameters: Int { parameters.reduce(0) { $0 + ($1.isLearned ? 0 : $1.count) } }
}
