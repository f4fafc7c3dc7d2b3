/// A stream as it is.
public struct Identity: Module {
    /// A module that does nothing.
    public init() {}
    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] { inputs }
}
