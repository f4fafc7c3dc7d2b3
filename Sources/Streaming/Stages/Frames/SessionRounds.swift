import ContinualInference

/// The steps of one worker's sessions, in rounds: in each round every session that has a frame left takes one step,
/// all of them in one pass over the network.
struct SessionRounds {
    /// Where the frames lie and where the results go; shared by the workers, each of which keeps to its sessions.
    struct Room {
        let frames: UnsafeBufferPointer<Float>
        let states: UnsafeMutableBufferPointer<StreamState?>
        let lastFrames: UnsafeMutableBufferPointer<Float>
        let outputs: UnsafeMutableBufferPointer<Float>
        let emitted: UnsafeMutableBufferPointer<Bool>
        let spoilt: UnsafeMutableBufferPointer<Bool>
    }

    /// How far a session has come.
    private struct Cursor {
        var stretch = 0
        var step = 0
        /// Whether an output in this stretch was not finite.
        var isSuspect = false
    }

    private let sessions: [[SessionStates.Stretch]]
    private let plan: Plan
    private let repeatsLast: Bool
    private var cursors: [Cursor]

    /// - Parameter sessions: the stretches of each, the sessions with the most steps first, so that those that still
    ///   have frames always stand in front.
    init(_ sessions: [[SessionStates.Stretch]], plan: Plan, repeatsLast: Bool) {
        self.sessions = sessions
        self.plan = plan
        self.repeatsLast = repeatsLast
        cursors = Array(repeating: Cursor(), count: sessions.count)
    }

    /// Takes all steps.
    mutating func run(_ workspace: Workspace, _ room: Room) {
        let width = plan.inputShape.count
        let outputWidth = plan.outputShape.count
        let count = sessions.count
        withUnsafeTemporaryAllocation(of: StreamState.self, capacity: count) { states in
            // Moved, not copied: a state that is held twice would be copied when it is stepped.
            for (index, stretches) in sessions.enumerated() {
                let slot = stretches[0].slot
                states.initializeElement(at: index, to: room.states[slot].take() ?? plan.makeState())
            }
            var frames = [Float](repeating: 0, count: count * width)
            var outputs = [Float](repeating: 0, count: count * outputWidth)
            var emitted = [Bool](repeating: false, count: count)
            var rows = [Int](repeating: -1, count: count)
            var active = count
            while true {
                while active > 0, cursors[active - 1].stretch == sessions[active - 1].count { active -= 1 }
                guard active > 0 else { break }
                frames.withUnsafeMutableBufferPointer { frames in
                    for index in 0..<active {
                        let target = UnsafeMutableBufferPointer(
                            rebasing: frames[(index * width)..<((index + 1) * width)])
                        rows[index] = nextFrame(of: index, &states[index], into: target, room)
                    }
                }
                frames.withUnsafeBufferPointer { frames in
                    outputs.withUnsafeMutableBufferPointer { outputs in
                        emitted.withUnsafeMutableBufferPointer { emitted in
                            workspace.step(
                                frames: UnsafeBufferPointer(rebasing: frames[..<(active * width)]),
                                states: UnsafeMutableBufferPointer(rebasing: states[..<active]),
                                outputs: outputs, emitted: emitted)
                        }
                    }
                }
                for index in 0..<active {
                    check(index, &states[index], emitted[index] ? outputs : nil, room)
                    guard rows[index] >= 0, emitted[index] else { continue }
                    room.emitted[rows[index]] = true
                    for value in 0..<outputWidth {
                        room.outputs[rows[index] * outputWidth + value] = outputs[index * outputWidth + value]
                    }
                }
            }
            for (index, stretches) in sessions.enumerated() {
                room.states[stretches[0].slot] = states.moveElement(from: index)
            }
        }
    }

    /// Lets the state go that is not finite at the end of a stretch: all that follows would be without an answer. Only
    /// asked where an output was not finite, since a state has thousands of values.
    private mutating func check(
        _ index: Int, _ state: inout StreamState, _ outputs: [Float]?, _ room: Room
    ) {
        if let outputs {
            let width = plan.outputShape.count
            var sum: Float = 0
            // What is not finite makes NaN of 0.
            for value in (index * width)..<((index + 1) * width) { sum += outputs[value] * 0 }
            if sum.isNaN { cursors[index].isSuspect = true }
        }
        // The cursor stands at the next frame already.
        guard cursors[index].step == 0, cursors[index].isSuspect else { return }
        cursors[index].isSuspect = false
        guard !state.isFinite else { return }
        state.reset()
        let stretch = sessions[index][cursors[index].stretch - 1]
        room.spoilt[stretch.number] = true
        guard repeatsLast else { return }
        let width = plan.inputShape.count
        for value in (stretch.slot * width)..<((stretch.slot + 1) * width) { room.lastFrames[value] = 0 }
    }

    /// Puts the next frame of a session in its place.
    ///
    /// - Returns: the row of its output, or -1 when it is not answered.
    private mutating func nextFrame(
        of index: Int, _ state: inout StreamState, into target: UnsafeMutableBufferPointer<Float>,
        _ room: Room
    ) -> Int {
        let width = target.count
        let stretch = sessions[index][cursors[index].stretch]
        let step = cursors[index].step
        if step == 0, stretch.begins, state.stepCount > 0 { state.reset() }
        if step + 1 == stretch.steps {
            cursors[index].stretch += 1
            cursors[index].step = 0
        } else {
            cursors[index].step += 1
        }
        let last = stretch.slot * width
        guard step >= stretch.filled else {
            if repeatsLast {
                _ = target.update(fromContentsOf: room.lastFrames[last..<(last + width)])
            } else {
                target.update(repeating: 0)
            }
            return -1
        }
        let number = step - stretch.filled
        let source = room.frames[((stretch.frame + number) * width)..<((stretch.frame + number + 1) * width)]
        _ = target.update(fromContentsOf: source)
        if repeatsLast {
            _ = UnsafeMutableBufferPointer(rebasing: room.lastFrames[last..<(last + width)])
                .update(fromContentsOf: source)
        }
        return number >= stretch.unanswered ? stretch.row + number - stretch.unanswered : -1
    }
}
