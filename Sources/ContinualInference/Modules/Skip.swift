/// Leaves out the first `steps` frames.
public struct Skip: Module {
    private let steps: Int

    /// A skip; none for 0.
    public init(_ steps: Int) { self.steps = steps }

    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        return [builder.delay(input, by: 0, from: steps, clip: .crop(start: steps, end: 0))]
    }
}
