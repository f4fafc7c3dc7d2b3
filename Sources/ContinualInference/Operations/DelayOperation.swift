/// Frames from some steps ago, or from now on only after some steps: what keeps a residual in step with its
/// branch.
struct DelayOperation: Operation {
    /// What it does to a whole clip, where nothing is delayed.
    enum Clip: Sendable, Equatable {
        case keep
        /// Drops frames at the start and at the end.
        case crop(start: Int, end: Int)
        /// Keeps only the frame that many before the last.
        case select(fromEnd: Int)
    }

    let inputs: [Int]
    var output = 0
    /// The age of the frames it gives.
    let lag: Int
    /// When it gives output.
    let emission: Emission
    let clip: Clip
    let frameFloats: Int
    let stateOffset: Int

    init(input: Value, lag: Int, first: Int, endPadding: Int, clip: Clip, stateOffset: Int) {
        inputs = [input.id]
        self.lag = lag
        emission = Emission(lag: first, stride: 1, endPadding: endPadding)
        self.clip = clip
        frameFloats = input.shape.count
        self.stateOffset = stateOffset
    }

    var summary: String {
        lag == 0
            ? "skip \(emission.lag)"
            : "delay \(lag)" + (emission.lag > lag ? ", from \(emission.lag) on" : "")
    }

    func outputSpan(of row: Int, in run: Execution) -> Span {
        let input = run.span(inputs[0], row)
        guard run.mode == .clip else {
            let first = emission.outputs(after: input.first)
            let end = emission.outputs(after: input.end + (run.padsEnd ? emission.endPadding : 0))
            return Span(first: first, count: end - first)
        }
        switch clip {
        case .keep: return input
        case .crop(let start, let end): return Span(first: 0, count: max(0, input.count - start - end))
        case .select(let fromEnd): return Span(first: 0, count: input.count > fromEnd ? 1 : 0)
        }
    }

    func run(_ run: Execution) {
        var out = run.base(output)
        for row in 0..<run.rows {
            let span = run.span(output, row)
            let history = FrameHistory(
                run, value: inputs[0], row: row, offset: stateOffset, ringFrames: lag,
                frameFloats: frameFloats)
            let age: Int
            if run.mode == .clip {
                switch clip {
                case .keep: age = 0
                case .crop(let start, _): age = -start
                case .select(let fromEnd): age = fromEnd + 1 - history.span.count
                }
            } else {
                age = lag - emission.lag
            }
            for index in span.first..<span.end {
                // Within the frames that exist: by `first`, `endPadding` and the crops.
                guard let frame = history.frame(index - age) else { continue }
                out.update(from: frame, count: frameFloats)
                out += frameFloats
            }
            history.store()
        }
    }
}
