import Digests
import Tensors

/// A network compiled for stepping: its operations in order, weights packed, norms and activations fused into
/// the operations before them, the layout of a session's state fixed. Immutable, shared by all sessions.
///
/// ```swift
/// let plan = try Plan(network, input: FrameShape(6), weights: .file(file))
/// let workspace = Workspace(plan: plan)
/// var state = plan.makeState()
/// for frame in frames {
///     if let scores = try workspace.step(frame, &state) { … }   // nil while no output is due
/// }
/// ```
public struct Plan: Sendable {
    /// What the network is called in messages.
    public let name: String
    /// The shape of the frames that go in.
    public let inputShape: FrameShape
    /// The shape of the outputs.
    public let outputShape: FrameShape
    /// Receptive field, delay, stride and padding of the network.
    public let timing: Timing
    /// The step, counted from 0, that gives the first output; then every ``Timing/stride``-th does.
    public let firstOutput: Int
    /// What the weights are called, and their shapes.
    public let parameters: [Parameter]
    /// A SHA-256 over the network's operations and weights.
    public let digest: [UInt8]
    let layout: StateLayout
    let operations: [any Operation]
    let values: [PlanBuilder.ValueFacts]
    /// Where each value lies in the workspace's memory, in floats for each frame.
    let slots: [Int]
    let slotFloats: [Int]
    let outputValue: Int

    /// Compiles a network.
    ///
    /// - Parameters:
    ///   - network: the modules.
    ///   - input: the shape of the frames that go in.
    ///   - weights: where its weights come from.
    ///   - name: what to call it.
    /// - Throws: ``ContinualError`` when modules do not fit together or a weight is missing or of another shape.
    public init(
        _ network: any Module, input: FrameShape, weights: WeightSource, name: String = "the network"
    ) throws {
        guard input.channels > 0, input.spatial.allSatisfy({ $0 > 0 }), input.count <= 1 << 28 else {
            throw ContinualError(.network, "\(name): frames of \(input)")
        }
        var builder = PlanBuilder(weights: weights)
        var value = builder.input(input)
        // Inside, channels come last.
        if input.channels > 1, input.positions > 1 {
            value = builder.append(
                PermutationOperation(input: value, rows: input.channels, columns: input.positions),
                shape: input, after: value)
        }
        if let named = network as? Named {
            value = try builder.single(try named.lower([value], into: &builder), network)
        } else {
            value = try builder.single(try network.lower([value], into: &builder), network)
        }
        outputShape = value.shape
        firstOutput = builder.values[value.id].firstStep
        if value.shape.channels > 1, value.shape.positions > 1 {
            value = builder.append(
                PermutationOperation(
                    input: value, rows: value.shape.positions, columns: value.shape.channels),
                shape: value.shape, after: value)
        }
        self.name = name
        inputShape = input
        timing = network.timing
        parameters = builder.parameters
        outputValue = value.id
        let structure = builder.operations.map {
            "\($0.summary); from \($0.inputs), \(builder.values[$0.output].shape)"
        }.joined(separator: "\n")
        let hash = SHA256()
        hash.update(structure)
        hash.update(builder.weightsHash.bytes())
        digest = hash.bytes()
        builder.seal(structure)
        layout = builder.layout
        values = builder.values
        var operations = builder.operations
        for index in operations.indices { operations[index].prepare() }
        self.operations = operations
        (slots, slotFloats) = Self.assignSlots(operations, values, output: value.id)
    }

    /// The number of frames that a clip must have; nil for any.
    var clipFrames: Int? { operations.lazy.compactMap(\.clipFrames).first }

    /// Whether the outputs are probabilities already: the network ends with a softmax.
    public var givesProbabilities: Bool {
        operations.contains { $0 is SoftmaxOperation && $0.output == outputValue }
    }

    /// The number of outputs that a session has given after so many frames.
    public func outputs(after frames: Int) -> Int {
        Emission(lag: firstOutput, stride: timing.stride).outputs(after: frames)
    }

    /// The bytes of a session's state.
    public var stateBytes: Int { layout.count * 4 }

    /// The state of a session that has seen no frame.
    public func makeState() -> StreamState { StreamState(layout: layout) }

    /// The multiply-adds of one step, averaged over a stride: an operation works only when its output is due.
    public var multiplyAddsPerStep: Double {
        operations.reduce(0) { $0 + Double($1.multiplyAdds) / Double(values[$1.output].stride) }
    }

    /// The multiply-adds of a clip of so many frames, every layer over all of it.
    public func multiplyAdds(perClipOf frames: Int) -> Int {
        let execution = Execution(plan: self)
        execution.reserve(rows: 1, scratchFloats: 0)
        execution.begin(rows: 1, mode: .clip, padsEnd: true)
        execution.layOut(0) { _ in Span(first: 0, count: frames) }
        var sum = 0
        for operation in operations {
            sum +=
                operation.multiplyAdds
                * execution.layOut(operation.output) { operation.outputSpan(of: $0, in: execution) }
        }
        return sum
    }

    /// Gives values that are never needed at the same time the same memory.
    private static func assignSlots(
        _ operations: [any Operation], _ values: [PlanBuilder.ValueFacts], output: Int
    ) -> (slots: [Int], floats: [Int]) {
        var lastUse = Array(repeating: -1, count: values.count)
        for (index, operation) in operations.enumerated() {
            for input in operation.inputs { lastUse[input] = index }
        }
        lastUse[output] = operations.count
        var slots = Array(repeating: 0, count: values.count)
        var floats = [values[0].shape.count]
        var free: [Int] = []
        for (index, operation) in operations.enumerated() {
            let need = values[operation.output].shape.count
            // The smallest that is large enough, or else the largest, which grows.
            let fitting = free.filter { floats[$0] >= need }.min { floats[$0] < floats[$1] }
            let slot = fitting ?? free.max { floats[$0] < floats[$1] }
            if let slot {
                free.removeAll { $0 == slot }
                floats[slot] = max(floats[slot], need)
                slots[operation.output] = slot
            } else {
                slots[operation.output] = floats.count
                floats.append(need)
            }
            for input in Set(operation.inputs) where lastUse[input] == index { free.append(slots[input]) }
            if lastUse[operation.output] < 0 { free.append(slots[operation.output]) }
        }
        return (slots, floats)
    }
}

extension Execution {
    /// What the operations of a plan need.
    convenience init(plan: Plan) {
        self.init(
            valueCount: plan.values.count,
            tapsAtOnce: plan.operations.map(\.tapsAtOnce).max() ?? 1,
            widestPosition: plan.values.map(\.shape.count).max() ?? 1)
    }
}
