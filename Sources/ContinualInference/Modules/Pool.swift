/// What the pools share.
struct Pool: Module {
    let kind: PoolOperation.Kind
    let axes: Int
    let kernel: Extents
    let stride: Extents
    let padding: Extents
    let dilation: Extents

    var timing: Timing {
        Timing(
            receptiveField: (kernel.time - 1) * dilation.time + 1, padding: padding.time, stride: stride.time)
    }

    func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        let place = builder.place
        guard input.shape.spatial.count == axes - 1 else {
            throw ContinualError(
                .network, "\(place): a pool over \(axes - 1) axes of space gets frames of \(input.shape)")
        }
        let kernel = try kernel.over(axes, "\(place): kernel")
        let stride = try stride.over(axes, "\(place): stride")
        let padding = try padding.over(axes, "\(place): padding")
        let dilation = try dilation.over(axes, "\(place): dilation")
        let window = try Window(
            input: input.shape.spatial, kernel: Array(kernel.dropFirst()), stride: Array(stride.dropFirst()),
            padding: Array(padding.dropFirst()), dilation: Array(dilation.dropFirst()), place: place)
        return [
            try builder.pool(
                input, kind: kind,
                time: ConvolutionOperation.Time(
                    kernel: kernel[0], stride: stride[0], padding: padding[0], dilation: dilation[0]),
                window: window)
        ]
    }
}
