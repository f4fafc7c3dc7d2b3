/// What the recurrent networks share.
struct Recurrent: Module {
    let cell: RecurrentOperation.Cell
    let inputs: Int
    let hidden: Int
    let layers: Int
    let projection: Int?

    var timing: Timing { Timing() }

    func lower(_ values: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        var value = try builder.single(values, self)
        guard value.shape == FrameShape(inputs) else {
            throw ContinualError(
                .network,
                "\(builder.place): a recurrent layer of \(inputs) inputs gets frames of \(value.shape)")
        }
        let gates = cell.gates * hidden
        let outputs = projection ?? hidden
        for layer in 0..<layers {
            let width = value.shape.channels
            let initial = PlanBuilder.Initial.uniform(fanIn: hidden)
            let weightInput = try builder.parameter("weight_ih_l\(layer)", [gates, width], initial)
            let weightHidden = try builder.parameter("weight_hh_l\(layer)", [gates, outputs], initial)
            let biasInput = try builder.parameter("bias_ih_l\(layer)", [gates], initial)
            let biasHidden = try builder.parameter("bias_hh_l\(layer)", [gates], initial)
            let weightProjection = try projection.map {
                try builder.parameter("weight_hr_l\(layer)", [$0, hidden], initial)
            }
            let offset = builder.reserveState(
                RecurrentOperation.stateFloats(cell, hiddenSize: hidden, outputSize: outputs),
                for: "hidden state")
            value = builder.append(
                RecurrentOperation(
                    input: value, cell: cell, hiddenSize: hidden, weightInput: weightInput,
                    weightHidden: weightHidden, biasInput: biasInput, biasHidden: biasHidden,
                    projection: weightProjection, stateOffset: offset), shape: FrameShape(outputs),
                after: value)
        }
        return [value]
    }
}
