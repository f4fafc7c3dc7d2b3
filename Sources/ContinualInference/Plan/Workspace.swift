/// The memory that a plan works in, for one thread: values between operations and scratch. It grows to the
/// largest batch that was asked for; after that nothing is allocated in a step.
public final class Workspace {
    /// The network.
    public let plan: Plan
    private let execution: Execution
    private var memory: UnsafeMutablePointer<Float>
    private var memoryFloats = 0
    private var offsets: [Int] = []
    /// The most sessions that one pass over the operations takes, so that values stay in the cache.
    private let rowsAtOnce: Int
    private var spare: StreamState

    /// A workspace; nothing is shared between two of them but the plan.
    public init(plan: Plan) {
        self.plan = plan
        execution = Execution(plan: plan)
        memory = LargeMemory.allocate(1, of: Float.self)
        rowsAtOnce = max(1, min(256, (1 << 20) / max(plan.slotFloats.reduce(0, +), 1)))
        spare = plan.makeState()
        reserve(rows: 1, frames: 1)
    }

    deinit { LargeMemory.deallocate(memory) }

    // MARK: One session

    /// One frame of a session in, perhaps one output out.
    ///
    /// - Parameter frame: `inputShape.count` values, `[channels][spatial…]`.
    /// - Returns: `outputShape.count` values, or nil while no output is due.
    /// - Throws: ``ContinualError`` when the frame has another length.
    public func step(_ frame: [Float], _ state: inout StreamState) throws -> [Float]? {
        try steps(frame, &state).first
    }

    /// What ``step(_:_:)`` would give; the state stays as it is.
    public func peek(_ frame: [Float], _ state: StreamState) throws -> [Float]? {
        var copy = state
        return try step(frame, &copy)
    }

    /// Several frames of a session, one after the other.
    ///
    /// - Parameters:
    ///   - frames: each as in ``step(_:_:)``.
    ///   - padEnd: whether each layer also pads the end of what it gets, as in an ordinary network; the
    ///     outputs that this adds leave no trace in the state. After a reset `steps(clip, padEnd: true)`
    ///     gives what ``clip(_:)`` gives.
    /// - Returns: the outputs that are due, in order.
    public func steps(_ frames: [Float], _ state: inout StreamState, padEnd: Bool = false) throws -> [[Float]]
    {
        let count = try frameCount(frames)
        var outputs: [[Float]] = []
        try check(state)
        frames.withUnsafeBufferPointer { buffer in
            execution.reserve(rows: 1, scratchFloats: 0)
            execution.setState(0, state.exclusiveValues())
            run(
                rows: 1, mode: .step, padsEnd: false, frames: buffer,
                span: { _ in Span(first: state.stepCount, count: count) })
            state.stepCount += count
            collect(into: &outputs)
            guard padEnd else { return }
            var copy = state
            execution.setState(0, copy.exclusiveValues())
            run(
                rows: 1, mode: .step, padsEnd: true, frames: UnsafeBufferPointer(rebasing: buffer[..<0]),
                span: { _ in Span(first: state.stepCount, count: 0) })
            collect(into: &outputs)
        }
        return outputs
    }

    /// A whole clip, as an ordinary network sees it: padded at both ends, nothing before and nothing after.
    ///
    /// - Parameter frames: each as in ``step(_:_:)``.
    /// - Returns: the outputs in order.
    public func clip(_ frames: [Float]) throws -> [[Float]] {
        let count = try frameCount(frames)
        if let exact = plan.clipFrames, exact != count {
            throw ContinualError(
                .input,
                "\(plan.name) looks at windows of \(exact) frames as a whole; a clip of \(count) is none")
        }
        var outputs: [[Float]] = []
        spare.reset()
        frames.withUnsafeBufferPointer { buffer in
            execution.reserve(rows: 1, scratchFloats: 0)
            execution.setState(0, spare.exclusiveValues())
            run(
                rows: 1, mode: .clip, padsEnd: true, frames: buffer,
                span: { _ in Span(first: 0, count: count) })
            collect(into: &outputs)
        }
        return outputs
    }

    // MARK: Many sessions

    /// One frame of each of several sessions, each at its own step.
    ///
    /// - Parameters:
    ///   - frames: as many as there are states, one after the other.
    ///   - states: of different sessions.
    ///   - outputs: room for as many outputs; those of sessions for which none is due are left as they are.
    ///   - emitted: for each session whether its output is due.
    public func step(
        frames: UnsafeBufferPointer<Float>, states: UnsafeMutableBufferPointer<StreamState>,
        outputs: UnsafeMutableBufferPointer<Float>, emitted: UnsafeMutableBufferPointer<Bool>
    ) {
        let width = plan.inputShape.count
        let outputWidth = plan.outputShape.count
        precondition(
            frames.count == states.count * width && outputs.count >= states.count * outputWidth
                && emitted.count >= states.count, "buffers do not fit the number of sessions")
        var first = 0
        while first < states.count {
            let rows = min(rowsAtOnce, states.count - first)
            execution.reserve(rows: rows, scratchFloats: 0)
            for row in 0..<rows {
                precondition(
                    states[first + row].layout.digest == plan.layout.digest, "a state of another network")
                execution.setState(row, states[first + row].exclusiveValues())
            }
            run(
                rows: rows, mode: .step, padsEnd: false,
                frames: UnsafeBufferPointer(rebasing: frames[(first * width)..<((first + rows) * width)]),
                span: { Span(first: states[first + $0].stepCount, count: 1) })
            for row in 0..<rows {
                states[first + row].stepCount += 1
                let span = execution.span(plan.outputValue, row)
                emitted[first + row] = span.count > 0
                guard span.count > 0, let target = outputs.baseAddress else { continue }
                (target + (first + row) * outputWidth).update(
                    from: execution.base(plan.outputValue) + span.start * outputWidth, count: outputWidth)
            }
            first += rows
        }
    }

    // MARK: Running

    private func frameCount(_ frames: [Float]) throws -> Int {
        let width = plan.inputShape.count
        guard frames.count % width == 0 else {
            throw ContinualError(
                .input,
                "\(frames.count) values are not whole frames of \(plan.name), which have \(width) (\(plan.inputShape))"
            )
        }
        return frames.count / width
    }

    private func check(_ state: StreamState) throws {
        guard state.layout.digest == plan.layout.digest else {
            throw ContinualError(.state, "the state belongs to another network than \(plan.name)")
        }
    }

    private func collect(into outputs: inout [[Float]]) {
        let width = plan.outputShape.count
        let base = execution.base(plan.outputValue)
        for frame in 0..<execution.frames(plan.outputValue) {
            outputs.append(Array(UnsafeBufferPointer(start: base + frame * width, count: width)))
        }
    }

    private func run(
        rows: Int, mode: Execution.Mode, padsEnd: Bool, frames: UnsafeBufferPointer<Float>,
        span: (Int) -> Span
    ) {
        execution.begin(rows: rows, mode: mode, padsEnd: padsEnd)
        var most = execution.layOut(0, span)
        for operation in plan.operations {
            most = max(
                most, execution.layOut(operation.output) { operation.outputSpan(of: $0, in: execution) })
        }
        reserve(rows: rows, frames: most)
        if let source = frames.baseAddress { execution.base(0).update(from: source, count: frames.count) }
        for operation in plan.operations { operation.run(execution) }
    }

    /// Makes room for values of so many frames.
    private func reserve(rows: Int, frames: Int) {
        let frames = max(frames, 1)
        var floats = 0
        for slot in plan.slotFloats { floats += (slot * frames + 15) / 16 * 16 }
        if floats > memoryFloats {
            LargeMemory.deallocate(memory)
            memory = LargeMemory.allocate(floats, of: Float.self)
            memoryFloats = floats
        }
        if offsets.isEmpty || frames != reservedFrames {
            reservedFrames = frames
            offsets.removeAll(keepingCapacity: true)
            var offset = 0
            for slot in plan.slotFloats {
                offsets.append(offset)
                offset += (slot * frames + 15) / 16 * 16
            }
        }
        for value in plan.values.indices { execution.setBase(value, memory + offsets[plan.slots[value]]) }
        execution.reserve(
            rows: rows,
            scratchFloats: plan.operations.reduce(16) { max($0, $1.scratchFloats(frames: max(frames, rows))) }
        )
    }

    private var reservedFrames = 0
}
