/// The same stream through several branches, joined. Branches with a smaller delay are delayed after
/// their last module, unless `autoDelay` is off.
public struct BroadcastReduce: Module {
    private let branches: [any Module]
    private let reduction: Reduction
    private let autoDelay: Bool

    /// Branches that are joined.
    public init(
        _ reduction: Reduction = .sum, autoDelay: Bool = true, @ModuleList _ branches: () -> [any Module]
    ) {
        self.branches = branches()
        self.reduction = reduction
        self.autoDelay = autoDelay
    }

    /// Receptive field, padding, stride and delay.
    public var timing: Timing { Timing(ofBranches: branches) }

    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        builder.share(input)
        let outputs = try builder.lower(
            branches, branches.map { _ in input }, autoDelay: autoDelay)
        return [try builder.join(outputs, reduction)]
    }
}
