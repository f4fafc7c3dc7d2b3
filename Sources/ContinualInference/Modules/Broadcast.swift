/// One stream copied to several.
public struct Broadcast: Module {
    private let count: Int
    /// Copies.
    public init(_ count: Int) { self.count = count }
    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        builder.share(input)
        return Array(repeating: input, count: count)
    }
}
