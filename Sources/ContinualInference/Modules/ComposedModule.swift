/// A module that is no more than one made of others.
protocol ComposedModule: Module {
    /// What it is made of.
    associatedtype Network: Module
    var network: Network { get }
}

extension ComposedModule {
    /// The timing of what it is made of.
    public var timing: Timing { network.timing }

    /// Adds the operations of what it is made of.
    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        try network.lower(inputs, into: &builder)
    }
}
