/// A part of a continual network: it says how it relates input to output in time, and adds its operations to a
/// plan. Modules are descriptions without weights; a network is a value that reads like its description:
///
/// ```swift
/// let network = Sequential {
///     Conv1d(3, 64, kernel: 9)
///     BatchNorm(64)
///     Activation.relu
///     Residual { Conv1d(64, 64, kernel: 3, padding: 1) }
/// }
/// let plan = try Plan(network, input: FrameShape(3), weights: weights)
/// ```
///
/// Weights are looked up under the names that PyTorch's `state_dict` gives the same network.
public protocol Module: Sendable {
    /// Receptive field, padding, stride and delay.
    var timing: Timing { get }

    /// Adds the module's operations to a plan.
    ///
    /// - Parameter inputs: the streams that come in; all modules but ``Parallel``, ``Reduce`` and ``Dispatch``
    ///   take one.
    /// - Returns: the streams that go out.
    /// - Throws: ``ContinualError`` when the input does not fit or a weight is missing.
    func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value]
}

extension Module {
    /// That of a module that looks at each frame by itself.
    public var timing: Timing { Timing() }

    /// The module under another name than its place in the list.
    public func named(_ name: String) -> Named { Named(name, self) }
}

/// A module with the name that its weights are found under.
public struct Named: Module {
    /// The name, one part or several joined by dots; empty for none.
    public let name: String
    /// The module.
    public let module: any Module

    /// A module with a name.
    public init(_ name: String, _ module: any Module) {
        self.name = name
        self.module = module
    }

    /// Receptive field, padding, stride and delay.
    public var timing: Timing { module.timing }

    /// Adds its operations to a plan.
    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        try builder.scoped(name) { try module.lower(inputs, into: &$0) }
    }
}

/// Collects modules from a block.
@resultBuilder
public enum ModuleList {
    /// One module.
    public static func buildExpression(_ module: any Module) -> [any Module] { [module] }
    /// Modules made elsewhere.
    public static func buildExpression(_ modules: [any Module]) -> [any Module] { modules }
    /// Modules in order.
    public static func buildBlock(_ parts: [any Module]...) -> [any Module] { parts.flatMap(\.self) }
    /// Modules, or none.
    public static func buildOptional(_ part: [any Module]?) -> [any Module] { part ?? [] }
    /// Modules of one case.
    public static func buildEither(first: [any Module]) -> [any Module] { first }
    /// Modules of the other case.
    public static func buildEither(second: [any Module]) -> [any Module] { second }
    /// Modules of a loop.
    public static func buildArray(_ parts: [[any Module]]) -> [any Module] { parts.flatMap(\.self) }
}

/// Modules one after the other. A module without a name has its index as name.
public struct Sequential: Module {
    /// The modules in order.
    public let modules: [any Module]

    /// A chain of modules.
    public init(_ modules: [any Module]) { self.modules = modules }
    /// A chain of modules.
    public init(@ModuleList _ modules: () -> [any Module]) { self.modules = modules() }

    /// Receptive field, padding, stride and delay.
    public var timing: Timing { modules.reduce(Timing()) { $0.then($1.timing) } }

    /// Adds its operations to a plan.
    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        var values = inputs
        for (index, module) in modules.enumerated() {
            values = try builder.child(module, index) { try $0.lower(values, into: &$1) }
        }
        return values
    }
}
