/// What the three convolutions share.
struct Convolution: Module {
    let inputChannels: Int
    let outputChannels: Int
    let axes: Int
    let kernel: Extents
    let stride: Extents
    let padding: Extents
    let dilation: Extents
    let groups: Int
    let hasBias: Bool
    let temporalFill: TemporalFill
    let paddingMode: PaddingMode

    var timing: Timing {
        let reach = (kernel.time - 1) * dilation.time
        return Timing(receptiveField: reach + 1, padding: padding.time, stride: stride.time)
    }

    func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        let place = builder.place
        guard input.shape.channels == inputChannels, input.shape.spatial.count == axes - 1 else {
            throw ContinualError(
                .network,
                "\(place): a convolution of \(inputChannels) channels and \(axes - 1) axes of space gets frames of \(input.shape)"
            )
        }
        guard groups > 0, inputChannels % groups == 0, outputChannels % groups == 0 else {
            throw ContinualError(
                .network,
                "\(place): \(groups) groups do not divide \(inputChannels) and \(outputChannels) channels")
        }
        let kernel = try kernel.over(axes, "\(place): kernel")
        let stride = try stride.over(axes, "\(place): stride")
        let padding = try padding.over(axes, "\(place): padding")
        let dilation = try dilation.over(axes, "\(place): dilation")
        let time = ConvolutionOperation.Time(
            kernel: kernel[0], stride: stride[0], padding: padding[0], dilation: dilation[0],
            replicates: temporalFill == .replicate)
        guard kernel[0] > 0, stride[0] > 0, dilation[0] > 0, padding[0] >= 0, padding[0] <= time.reach else {
            throw ContinualError(
                .network,
                "\(place): in time, kernel, stride and dilation must be positive and padding at most (kernel - 1) * dilation = \(time.reach), not \(padding[0])"
            )
        }
        let window = try Window(
            input: input.shape.spatial, kernel: Array(kernel.dropFirst()), stride: Array(stride.dropFirst()),
            padding: Array(padding.dropFirst()), dilation: Array(dilation.dropFirst()),
            edge: paddingMode == .zeros ? .zeros : .replicate, place: place)
        let fanIn = inputChannels / groups * kernel.reduce(1, *)
        let weights = try builder.parameter(
            "weight", [outputChannels, inputChannels / groups] + kernel, .uniform(fanIn: fanIn))
        let bias = hasBias ? try builder.parameter("bias", [outputChannels], .uniform(fanIn: fanIn)) : nil
        let shape = FrameShape(outputChannels, window.output)
        if groups == inputChannels, groups == outputChannels, groups > 1 {
            let offset = builder.reserveState(
                DepthwiseOperation.stateFloats(time, window, channels: inputChannels), for: "depthwise")
            return [
                builder.append(
                    DepthwiseOperation(
                        input: input, time: time, window: window, weights: weights, bias: bias,
                        stateOffset: offset),
                    shape: shape, after: input)
            ]
        }
        let offset = builder.reserveState(time.reach * input.shape.count, for: "frames")
        return [
            builder.append(
                ConvolutionOperation(
                    input: input, time: time, window: window, groups: groups, weights: weights, bias: bias,
                    outputChannels: outputChannels, stateOffset: offset), shape: shape, after: input)
        ]
    }
}
