/// The frames of one session that an operation can look at: those it keeps in a ring, those of this run, and
/// what stands for frames before the first and after the last.
struct FrameHistory {
    /// What stands for frames that do not exist.
    enum Outside {
        case nothing
        case nearest
    }

    let input: UnsafePointer<Float>
    let span: Span
    let ring: UnsafeMutablePointer<Float>
    let ringFrames: Int
    let frameFloats: Int
    let outside: Outside

    /// - Parameters:
    ///   - ringFrames: how many frames before this run's are kept.
    ///   - offset: where in the state the ring begins.
    init(
        _ run: Execution, value: Int, row: Int, offset: Int, ringFrames: Int, frameFloats: Int,
        outside: Outside = .nothing
    ) {
        span = run.span(value, row)
        input = UnsafePointer(run.base(value) + span.start * frameFloats)
        ring = run.state(row) + offset
        self.ringFrames = ringFrames
        self.frameFloats = frameFloats
        self.outside = outside
    }

    /// The frame of that index, counted from the session's first; nil for one that does not exist.
    @inline(__always)
    func frame(_ index: Int) -> UnsafePointer<Float>? {
        if index >= span.first {
            if index < span.end { return input + (index - span.first) * frameFloats }
            return outside == .nothing || span.end == 0 ? nil : frame(span.end - 1)
        }
        if index < 0 { return outside == .nothing || span.end == 0 ? nil : frame(0) }
        return UnsafePointer(ring + (index % ringFrames) * frameFloats)
    }

    /// Keeps the newest frames of this run in the ring.
    func store() {
        guard ringFrames > 0 else { return }
        for index in max(span.first, span.end - ringFrames)..<max(span.first, span.end) {
            (ring + (index % ringFrames) * frameFloats).update(
                from: input + (index - span.first) * frameFloats, count: frameFloats)
        }
    }
}
