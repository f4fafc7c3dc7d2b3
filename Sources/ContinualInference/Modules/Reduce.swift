/// Several streams joined to one.
public struct Reduce: Module {
    private let reduction: Reduction
    /// A join.
    public init(_ reduction: Reduction) { self.reduction = reduction }
    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        [try builder.join(inputs, reduction)]
    }
}
