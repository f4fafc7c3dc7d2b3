extension PlanBuilder {
    /// A pool over a window of time and space.
    mutating func pool(
        _ input: Value, kind: PoolOperation.Kind, time: ConvolutionOperation.Time, window: Window,
        poolsClips: Bool = false
    ) throws -> Value {
        guard time.kernel > 0, time.stride > 0, time.dilation > 0, time.padding >= 0,
            time.padding <= time.reach
        else {
            throw ContinualError(
                .network,
                "\(place): in time, a pool's kernel and stride must be positive and its padding at most \(time.reach), not \(time.padding)"
            )
        }
        let shape = FrameShape(input.shape.channels, window.output)
        let offset = reserveState(time.reach * shape.count, for: "pooled frames")
        return append(
            PoolOperation(
                input: input, kind: kind, time: time, window: window, poolsClips: poolsClips,
                stateOffset: offset),
            shape: shape, after: input)
    }
}
