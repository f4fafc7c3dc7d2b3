import ContinualInference
import Dispatch

/// What the network remembers of each open session, by slot. A value: a snapshot takes a copy of it, and a state is
/// copied only when it is stepped meanwhile.
struct SessionStates: Sendable {
    /// A run of consecutive frames of one session.
    struct Stretch: Sendable {
        /// Its place among those handed over, and that of its record among the portion's.
        let number: Int
        let item: Int
        /// The session's slot.
        let slot: Int
        /// Whether the state begins anew before.
        let begins: Bool
        /// The number of missing frames that are stepped first.
        let filled: Int
        /// The first frame among those handed over, and how many there are.
        let frame: Int
        let count: Int
        /// How many of the frames come before the first that is answered, and the row of its output.
        let unanswered: Int
        let row: Int

        var steps: Int { filled + count }
    }

    /// The network.
    let plan: Plan
    /// Whether missing frames are the last one again.
    let repeatsLast: Bool
    private(set) var states: [StreamState?] = []
    /// The last frame of each slot when ``repeatsLast``, [slots][values of a frame].
    private(set) var lastFrames: [Float] = []

    init(plan: Plan, repeatsLast: Bool) {
        self.plan = plan
        self.repeatsLast = repeatsLast
    }

    /// Puts a state of a snapshot into the next slot.
    mutating func append(_ state: StreamState, lastFrame: ArraySlice<Float>) {
        states.append(state)
        if repeatsLast { lastFrames.append(contentsOf: lastFrame) }
    }

    /// Lets the states go of which the slots are free.
    mutating func keep(_ isOpen: (Int) -> Bool) {
        for slot in states.indices where states[slot] != nil && !isOpen(slot) { states[slot] = nil }
    }

    /// Steps sessions through their frames: in rounds, in each of which every session takes one step, spread over
    /// workers by session.
    ///
    /// - Parameters:
    ///   - stretches: those of one session in its order.
    ///   - frames: [frames][values of a frame].
    ///   - workspaces: one for each worker.
    ///   - outputs: room for the outputs of the answered frames, [rows][values of an output].
    ///   - emitted: by row whether there is an output.
    /// - Returns: by stretch whether the state was not finite after it, and begins anew.
    mutating func step(
        _ stretches: [Stretch], frames: [Float], workspaces: [Workspace], outputs: inout [Float],
        emitted: inout [Bool]
    ) -> [Bool] {
        var spoilt = [Bool](repeating: false, count: stretches.count)
        guard !stretches.isEmpty else { return spoilt }
        let width = plan.inputShape.count
        if let last = stretches.lazy.map(\.slot).max(), last >= states.count {
            states.append(contentsOf: repeatElement(nil, count: last + 1 - states.count))
        }
        if repeatsLast, lastFrames.count < states.count * width {
            lastFrames.append(contentsOf: repeatElement(0, count: states.count * width - lastFrames.count))
        }
        let shares = Self.shares(stretches, workers: workspaces.count)
        let plan = plan
        let repeatsLast = repeatsLast
        // The workers have disjoint sessions, and so disjoint states, last frames and rows.
        frames.withUnsafeBufferPointer { frames in
            states.withUnsafeMutableBufferPointer { states in
                lastFrames.withUnsafeMutableBufferPointer { lastFrames in
                    outputs.withUnsafeMutableBufferPointer { outputs in
                        emitted.withUnsafeMutableBufferPointer { emitted in
                            spoilt.withUnsafeMutableBufferPointer { spoilt in
                                nonisolated(unsafe) let room = SessionRounds.Room(
                                    frames: frames, states: states, lastFrames: lastFrames,
                                    outputs: outputs, emitted: emitted, spoilt: spoilt)
                                nonisolated(unsafe) let workspaces = workspaces
                                DispatchQueue.concurrentPerform(iterations: shares.count) { worker in
                                    var rounds = SessionRounds(
                                        shares[worker], plan: plan, repeatsLast: repeatsLast)
                                    rounds.run(workspaces[worker], room)
                                }
                            }
                        }
                    }
                }
            }
        }
        return spoilt
    }

    /// The stretches of each worker, by session: the sessions with the most steps first, dealt out in turn.
    private static func shares(_ stretches: [Stretch], workers: Int) -> [[[Stretch]]] {
        var place: [Int: Int] = [:]
        place.reserveCapacity(stretches.count)
        var sessions: [(steps: Int, stretches: [Stretch])] = []
        for stretch in stretches {
            if let known = place[stretch.slot] {
                sessions[known].stretches.append(stretch)
                sessions[known].steps += stretch.steps
            } else {
                place[stretch.slot] = sessions.count
                sessions.append((stretch.steps, [stretch]))
            }
        }
        sessions.sort { $0.steps > $1.steps }
        // A few steps are done before another core has woken.
        let total = sessions.reduce(0) { $0 + $1.steps }
        let count = max(1, min(workers, sessions.count, total / 16))
        return (0..<count).map { worker in
            stride(from: worker, to: sessions.count, by: count).map { sessions[$0].stretches }
        }
    }
}
