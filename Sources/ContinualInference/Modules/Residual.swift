/// A stream and what a module makes of it, joined (He et al. 2016).
public struct Residual: Module {
    /// Which frame of the stream belongs to an output, when the module does not pad to keep the length.
    public enum Shrink: String, Sendable {
        /// The one in the middle of the module's receptive field.
        case centered
        /// The oldest.
        case lagging
        /// The newest.
        case leading
    }

    private let module: any Module
    private let reduction: Reduction
    private let shrink: Shrink?

    /// A residual; ``Shrink`` is left out when the module's padding keeps the length.
    public init(
        _ reduction: Reduction = .sum, shrink: Shrink? = nil, @ModuleList _ modules: () -> [any Module]
    ) {
        let modules = modules()
        module = modules.count == 1 ? modules[0] : Sequential(modules)
        self.reduction = reduction
        self.shrink = shrink
    }

    /// Receptive field, padding, stride and delay.
    public var timing: Timing { module.timing }

    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        builder.share(input)
        let timing = module.timing
        guard timing.stride == 1 else {
            throw ContinualError(
                .network, "\(builder.place): a residual needs stride 1, its module has \(timing.stride)")
        }
        let shortcut = try builder.shortcut(input, around: timing, shrink: shrink)
        // The shortcut is the first branch, the module the second.
        let main = try builder.child(module, 1) { module, builder in
            try builder.single(try module.lower([input], into: &builder), module)
        }
        return [try builder.join([shortcut, main], reduction)]
    }
}
