import Digests
import Tensors

/// A stream of frames within a network that is being compiled.
public struct Value: Sendable {
    let id: Int
    /// The shape of its frames.
    public let shape: FrameShape
}

/// Collects the operations of a network: what ``Module/lower(_:into:)`` adds to.
public struct PlanBuilder {
    /// What is known of a value.
    struct ValueFacts {
        var shape: FrameShape
        /// The operation that writes it; nil for the plan's input.
        var producer: Int?
        /// The step (counted from 0) of its first frame, and the steps between two.
        var firstStep: Int
        var stride: Int
        /// Whether more than one operation reads it, so that what follows must not be fused into its producer.
        var isShared = false
    }

    private(set) var operations: [any Operation] = []
    private(set) var values: [ValueFacts] = []
    private(set) var layout = StateLayout()
    private(set) var parameters: [Parameter] = []
    let weightsHash = SHA256()
    private let weights: WeightSource
    private var generator: RandomGenerator
    private var path: [String] = []
    private var unwrappedNames: Set<String> = []

    init(weights: WeightSource) {
        self.weights = weights
        generator = RandomGenerator(seed: 0)
        if case .random(let seed) = weights { generator = RandomGenerator(seed: seed) }
    }

    // MARK: Names

    /// Runs `body` with a part added to the names of weights.
    mutating func scoped<Result>(_ name: String, _ body: (inout PlanBuilder) throws -> Result) rethrows
        -> Result
    {
        guard !name.isEmpty else { return try body(&self) }
        path.append(name)
        defer { path.removeLast() }
        return try body(&self)
    }

    /// Lowers a child under its own name, or its index.
    mutating func child<Result>(
        _ module: any Module, _ index: Int, _ body: (any Module, inout PlanBuilder) throws -> Result
    ) rethrows -> Result {
        if let named = module as? Named {
            return try scoped(named.name) { try body(named.module, &$0) }
        }
        return try scoped(String(index)) { try body(module, &$0) }
    }

    /// The full name of a weight.
    func name(_ name: String) -> String { (path + [name]).joined(separator: ".") }
    /// Where in the network the builder is, for errors.
    var place: String { path.isEmpty ? "the network" : path.joined(separator: ".") }

    // MARK: Weights

    /// How random weights are drawn.
    enum Initial {
        /// Uniform within `1/sqrt(fanIn)` of zero.
        case uniform(fanIn: Int)
        /// Uniform in a range.
        case range(Double, Double)
        /// These.
        case values([Float])
    }

    /// A weight under its name.
    ///
    /// - Throws: ``ContinualError`` when it is missing or has another shape.
    mutating func parameter(
        _ suffix: String, _ shape: [Int], _ initial: Initial, isLearned: Bool = true
    ) throws -> [Float] {
        let name = name(suffix)
        let count = shape.reduce(1, *)
        let values: [Float]
        switch weights {
        case .tensors(let tensors):
            guard let tensor = tensors[name] ?? unwrapped(name, tensors) else {
                let near = tensors.keys.sorted().filter { $0.hasSuffix(suffix) }.prefix(5)
                throw ContinualError(
                    .weights,
                    "the weight \(name) \(shape) is missing"
                        + (near.isEmpty ? "" : "; of that kind there are \(near.joined(separator: ", "))…"))
            }
            guard
                tensor.shape == shape
                    || (tensor.shape.reduce(1, *) == count
                        && tensor.shape.filter { $0 != 1 } == shape.filter { $0 != 1 })
            else {
                throw ContinualError(
                    .weights, "the weight \(name) has the shape \(tensor.shape), the network needs \(shape)")
            }
            let floats = tensor.floats()
            guard floats.allSatisfy(\.isFinite) else {
                throw ContinualError(.weights, "the weight \(name) has values that are not finite numbers")
            }
            values = floats
        case .random:
            switch initial {
            case .uniform(let fanIn):
                let limit = 1 / Double(max(fanIn, 1)).squareRoot()
                values = (0..<count).map { _ in Float(limit * (2 * generator.uniform() - 1)) }
            case .range(let low, let high):
                values = (0..<count).map { _ in Float(low + (high - low) * generator.uniform()) }
            case .values(let given): values = given
            }
        }
        parameters.append(Parameter(name: name, shape: shape, isLearned: isLearned))
        weightsHash.update(name)
        weightsHash.update(values)
        return values
    }

    /// The tensor of that name without the parts that are numbers: the name of a layer that an ordinary network
    /// does not wrap for residuals and delays, `s2.pathway0_res0.branch2.a.weight` for
    /// `s2.pathway0_res0.0.1.branch2.a.weight`. Where two weights would share one, nothing is guessed.
    private mutating func unwrapped(_ name: String, _ tensors: [String: TensorData]) -> TensorData? {
        let short = name.split(separator: ".").filter { !$0.allSatisfy(\.isNumber) }.joined(separator: ".")
        guard short != name, let tensor = tensors[short], unwrappedNames.insert(short).inserted else {
            return nil
        }
        return tensor
    }

    // MARK: Values and operations

    /// The plan's input.
    mutating func input(_ shape: FrameShape) -> Value {
        values.append(ValueFacts(shape: shape, producer: nil, firstStep: 0, stride: 1))
        return Value(id: 0, shape: shape)
    }

    /// The one stream that comes in.
    func single(_ inputs: [Value], _ module: any Module) throws -> Value {
        guard inputs.count == 1 else {
            throw ContinualError(
                .network,
                "\(place): \(type(of: module)) takes one stream, \(inputs.count) come in; reduce them before")
        }
        return inputs[0]
    }

    /// Adds an operation on one stream.
    mutating func append(_ operation: some Operation, shape: FrameShape, after input: Value) -> Value {
        let facts = values[input.id]
        return append(
            operation, shape: shape, firstStep: facts.firstStep + operation.emission.lag * facts.stride,
            stride: facts.stride * operation.emission.stride)
    }

    /// Adds an operation whose output begins at a step.
    mutating func append(_ operation: some Operation, shape: FrameShape, firstStep: Int, stride: Int) -> Value
    {
        var operation = operation
        let id = values.count
        operation.output = id
        values.append(
            ValueFacts(shape: shape, producer: operations.count, firstStep: firstStep, stride: stride))
        operations.append(operation)
        return Value(id: id, shape: shape)
    }

    /// Notes that several operations will read a value.
    mutating func share(_ value: Value) { values[value.id].isShared = true }

    /// A part of the state.
    mutating func reserveState(_ floats: Int, for purpose: String) -> Int {
        layout.reserve(floats, for: "\(place) \(purpose)")
    }

    /// Gives an activation to the operation before, if that can take it.
    mutating func fuse(_ activation: Activation, after value: Value) -> Bool {
        let facts = values[value.id]
        guard let producer = facts.producer, !facts.isShared else { return false }
        return operations[producer].fuse(activation)
    }

    /// Gives a scale and shift by channel to the operation before, if that can take it.
    mutating func fold(scale: [Float], shift: [Float], after value: Value) -> Bool {
        let facts = values[value.id]
        guard let producer = facts.producer, !facts.isShared else { return false }
        return operations[producer].fold(scale: scale, shift: shift)
    }

    /// Fixes the layout of the state.
    mutating func seal(_ description: String) { layout.seal(description) }
}
