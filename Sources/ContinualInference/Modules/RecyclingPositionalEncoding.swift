/// Adds a vector of a table that is gone through in a circle (Hedegaard et al. 2022, section 3.6). Weights
/// `pe.weight` when learned, else `pe.pattern`, [entries, width].
public struct RecyclingPositionalEncoding: Module {
    private let width: Int
    private let entries: Int
    private let isLearned: Bool

    /// A table of at least as many entries as attention looks at tokens.
    public init(_ width: Int, entries: Int, learned: Bool = true) {
        self.width = width
        self.entries = entries
        isLearned = learned
    }

    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        guard input.shape == FrameShape(width), entries > 0 else {
            throw ContinualError(
                .network,
                "\(builder.place): a positional encoding of width \(width) gets frames of \(input.shape)")
        }
        let table = try builder.parameter(
            isLearned ? "pe.weight" : "pe.pattern", [entries, width], .range(-0.5, 0.5), isLearned: isLearned)
        return [
            builder.append(
                PositionalEncodingOperation(input: input, table: table), shape: input.shape, after: input)
        ]
    }
}
