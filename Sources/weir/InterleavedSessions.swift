import Tensors

/// The frames of sessions of which several are open at once: of these one at random gives its next frame.
struct InterleavedSessions {
    private var groups: ArraySlice<[FrameSession]>
    private var waiting: ArraySlice<FrameSession> = []
    private var open: [(session: FrameSession, next: Int)] = []
    private let together: Int
    private var random: RandomGenerator

    /// Sessions in their order; those of a group begin when all of the group before have ended.
    init(_ groups: [[FrameSession]], together: Int, seed: UInt64) {
        self.groups = groups[...]
        self.together = together
        random = RandomGenerator(seed: seed)
    }

    /// The next frame, of which there must be one: its session and its number.
    mutating func next() -> (session: FrameSession, number: Int) {
        while waiting.isEmpty, open.isEmpty { waiting = groups.removeFirst()[...] }
        while open.count < together, let next = waiting.popFirst() { open.append((next, 0)) }
        let place = random.below(open.count)
        let (session, number) = open[place]
        if number == session.frames.count - 1 { open.remove(at: place) } else { open[place].next += 1 }
        return (session, number)
    }
}
