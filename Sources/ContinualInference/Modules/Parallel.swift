/// Each of several streams through a module of its own; shorter delays are lengthened to the longest.
public struct Parallel: Module {
    private let branches: [any Module]
    /// A module for each stream.
    public init(@ModuleList _ branches: () -> [any Module]) { self.branches = branches() }
    /// Receptive field, padding, stride and delay.
    public var timing: Timing { Timing(ofBranches: branches) }
    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        guard inputs.count == branches.count else {
            throw ContinualError(
                .network,
                "\(builder.place): \(branches.count) modules beside each other get \(inputs.count) streams")
        }
        return try builder.lower(branches, inputs, autoDelay: true)
    }
}
