/// A frame of one position as a vector of its channels. Costs nothing.
public struct Squeeze: Module {
    /// A squeeze.
    public init() {}

    /// A squeeze does not reach over time.
    /// Passes the frame on as a vector.
    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        guard input.shape.positions == 1 else {
            throw ContinualError(
                .network,
                "\(builder.place): a vector is wanted, frames of \(input.shape) come in; the pool before does not cover all of space"
            )
        }
        return [Value(id: input.id, shape: FrameShape(input.shape.channels))]
    }
}
