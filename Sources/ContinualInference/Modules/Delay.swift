/// Frames from `steps` steps ago. The first `steps` frames give nothing.
public struct Delay: Module {
    private let steps: Int

    /// A delay; none for 0.
    public init(_ steps: Int) { self.steps = steps }

    /// An ordinary network delays nothing, so a delay pads by itself.
    public var timing: Timing { Timing(receptiveField: steps + 1, delay: steps) }

    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        return [builder.delay(input, by: steps)]
    }
}
