/// The frames of one session that a value holds during a run: `count` of them, of which the first is the
/// `first`-th that this value has had since the session began, lying in the value's memory from frame `start`.
struct Span {
    var first = 0
    var count = 0
    var start = 0

    var end: Int { first + count }
}

/// When an operation gives output: the first with input `lag`, then with every `stride`-th, and, when the end is
/// padded, with `endPadding` inputs that do not exist.
struct Emission: Sendable, Equatable {
    var lag = 0
    var stride = 1
    var endPadding = 0

    /// The number of outputs that are due when `inputs` inputs have been seen.
    func outputs(after inputs: Int) -> Int { inputs <= lag ? 0 : (inputs - lag + stride - 1) / stride }

    /// The input with which output `index` is given.
    func input(of index: Int) -> Int { lag + index * stride }
}

/// One operation of a plan. It reads values, changes its part of the sessions' states, and writes one value.
///
/// An operation works on any number of sessions and any number of frames of each, so that a step, a batch of
/// steps, and a whole clip are the same code.
protocol Operation: Sendable {
    /// The values it reads.
    var inputs: [Int] { get }
    /// The value it writes.
    var output: Int { get set }
    /// When it gives output, for operations of one input.
    var emission: Emission { get }
    /// Multiply-adds for one output frame.
    var multiplyAdds: Int { get }
    /// What `describe` prints. It is part of the plan's digest: another text makes another model, whose snapshots are refused.
    var summary: String { get }

    /// The frames of the output that a run gives.
    func outputSpan(of row: Int, in run: Execution) -> Span
    /// Floats of scratch for `frames` output frames.
    func scratchFloats(frames: Int) -> Int
    /// Pointers that it needs at once.
    var tapsAtOnce: Int { get }
    /// The number of frames that a clip must have; nil for any.
    var clipFrames: Int? { get }
    /// Packs weights; called once, after the last fusion.
    mutating func prepare()
    /// Does the work.
    func run(_ run: Execution)

    /// Takes over a per-channel scale and shift that would come next.
    mutating func fold(scale: [Float], shift: [Float]) -> Bool
    /// Takes over an activation that would come next.
    mutating func fuse(_ activation: Activation) -> Bool
}

extension Operation {
    var emission: Emission { Emission() }
    var multiplyAdds: Int { 0 }

    func outputSpan(of row: Int, in run: Execution) -> Span {
        let input = run.span(inputs[0], row)
        let first = emission.outputs(after: input.first)
        let end = emission.outputs(after: input.end + (run.padsEnd ? emission.endPadding : 0))
        return Span(first: first, count: end - first)
    }

    func scratchFloats(frames: Int) -> Int { 0 }
    var tapsAtOnce: Int { 0 }
    var clipFrames: Int? { nil }
    mutating func prepare() {}
    mutating func fold(scale: [Float], shift: [Float]) -> Bool { false }
    mutating func fuse(_ activation: Activation) -> Bool { false }
}
