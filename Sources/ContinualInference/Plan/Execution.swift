import CKernels

/// What the operations of a plan work with during one run: the sessions' states, the values' frames, scratch.
/// Belongs to one ``Workspace``.
final class Execution {
    /// How a run treats time.
    enum Mode {
        /// Frames continue what the states hold.
        case step
        /// Frames are whole clips, as an ordinary network sees them.
        case clip
    }

    /// The number of sessions.
    private(set) var rows = 0
    private(set) var mode = Mode.step
    /// Whether the end of the frames is padded as an ordinary network pads clips.
    private(set) var padsEnd = false

    private let valueCount: Int
    private var rowCapacity = 0
    private var spans: UnsafeMutablePointer<Span>
    private var states: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
    private let bases: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
    private(set) var scratch: UnsafeMutablePointer<Float>
    private var scratchCapacity = 0
    /// Room for the pointers of ``tapCapacity`` taps.
    private(set) var taps: UnsafeMutablePointer<UnsafePointer<Float>?>
    private(set) var tapCapacity: Int
    /// Room for the pointers of a kernel's accumulators, or of a window's frames.
    let accumulators: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>
    /// Zeros, as many as any position has channels.
    let zeros: UnsafeMutablePointer<Float>

    init(valueCount: Int, tapsAtOnce: Int, widestPosition: Int) {
        self.valueCount = valueCount
        spans = .allocate(capacity: 1)
        states = .allocate(capacity: 1)
        bases = .allocate(capacity: valueCount)
        scratch = .allocate(capacity: 1)
        tapCapacity = max(4_096, tapsAtOnce)
        taps = .allocate(capacity: tapCapacity)
        accumulators = .allocate(capacity: tapCapacity)
        zeros = .allocate(capacity: widestPosition)
        zeros.initialize(repeating: 0, count: widestPosition)
    }

    deinit {
        spans.deallocate()
        states.deallocate()
        bases.deallocate()
        scratch.deallocate()
        taps.deallocate()
        accumulators.deallocate()
        zeros.deallocate()
    }

    /// Makes room for a number of sessions and of scratch floats; allocates only when there was less.
    func reserve(rows: Int, scratchFloats: Int) {
        if rows > rowCapacity {
            spans.deallocate()
            states.deallocate()
            rowCapacity = rows
            spans = .allocate(capacity: valueCount * rows)
            states = .allocate(capacity: rows)
        }
        if scratchFloats > scratchCapacity {
            scratch.deallocate()
            scratchCapacity = scratchFloats
            scratch = .allocate(capacity: scratchFloats)
        }
    }

    /// Makes room for the pointers of a clip that is pooled as a whole; a step never needs more than there is.
    func reserveTaps(_ count: Int) {
        guard count > tapCapacity else { return }
        taps.deallocate()
        tapCapacity = count
        taps = .allocate(capacity: count)
    }

    /// Begins a run.
    func begin(rows: Int, mode: Mode, padsEnd: Bool) {
        self.rows = rows
        self.mode = mode
        self.padsEnd = padsEnd
    }

    func setState(_ row: Int, _ values: UnsafeMutablePointer<Float>) { states[row] = values }
    func setBase(_ value: Int, _ memory: UnsafeMutablePointer<Float>) { bases[value] = memory }

    /// The state of a session.
    func state(_ row: Int) -> UnsafeMutablePointer<Float> { states[row] }
    /// The frames of a session that a value holds.
    func span(_ value: Int, _ row: Int) -> Span { spans[value * rowCapacity + row] }
    /// The memory of a value.
    func base(_ value: Int) -> UnsafeMutablePointer<Float> { bases[value] }

    /// Fixes a value's frames from the spans that an operation gives; frames of the sessions follow each other.
    ///
    /// - Returns: the number of frames of all sessions.
    @discardableResult
    func layOut(_ value: Int, _ span: (Int) -> Span) -> Int {
        var start = 0
        for row in 0..<rows {
            var result = span(row)
            result.start = start
            start += result.count
            spans[value * rowCapacity + row] = result
        }
        return start
    }

    /// The number of frames of all sessions that a value holds.
    func frames(_ value: Int) -> Int {
        guard rows > 0 else { return 0 }
        let last = span(value, rows - 1)
        return last.start + last.count
    }
}
