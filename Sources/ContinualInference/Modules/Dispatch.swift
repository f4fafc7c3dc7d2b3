/// Streams in another order, copied or left out.
public struct Dispatch: Module {
    private let order: [Int]
    /// For each stream that goes out the one that comes in.
    public init(_ order: [Int]) { self.order = order }
    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        guard order.allSatisfy({ inputs.indices.contains($0) }) else {
            throw ContinualError(
                .network, "\(builder.place): \(order) names streams beyond the \(inputs.count) there are")
        }
        for index in Set(order) where order.count(where: { $0 == index }) > 1 { builder.share(inputs[index]) }
        return order.map { inputs[$0] }
    }
}
