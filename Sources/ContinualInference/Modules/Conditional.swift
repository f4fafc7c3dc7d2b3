/// One of two modules for each frame, by a predicate of the frame that comes in. Both are stepped at every
/// frame, so that the state of the one that is not asked never goes stale.
public struct Conditional: Module {
    private let predicate: @Sendable (UnsafeBufferPointer<Float>) -> Bool
    private let first: any Module
    private let second: any Module

    /// - Parameters:
    ///   - predicate: of the newest frame, position by position with channels last.
    ///   - first: what is taken where the predicate holds.
    ///   - second: what is taken elsewhere.
    public init(
        _ predicate: @escaping @Sendable (UnsafeBufferPointer<Float>) -> Bool, _ first: any Module,
        else second: any Module = Identity()
    ) {
        self.predicate = predicate
        self.first = first
        self.second = second
    }

    /// Receptive field, padding, stride and delay.
    public var timing: Timing { first.timing.beside(second.timing) }

    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        builder.share(input)
        let branches = try builder.lower([first, second], [input, input], autoDelay: true)
        guard branches[0].shape == branches[1].shape else {
            throw ContinualError(
                .network,
                "\(builder.place): the two modules give frames of \(branches[0].shape) and \(branches[1].shape)"
            )
        }
        let (offsets, firstStep, stride) = try builder.alignment([input] + branches)
        return [
            builder.append(
                SelectOperation([input] + branches, offsets: offsets, predicate: predicate),
                shape: branches[0].shape, firstStep: firstStep, stride: stride)
        ]
    }
}
