/// All that a network remembers of one session: a number of steps and one flat block of floats, whose layout
/// the ``Plan`` fixes. A value: copying it copies the block when one of the two is changed.
public struct StreamState: Sendable {
    /// The memory of a state. Changed only by the state that alone holds it, hence unchecked.
    final class Block: @unchecked Sendable {
        let values: UnsafeMutableBufferPointer<Float>

        init(count: Int) {
            values = UnsafeMutableBufferPointer(
                start: LargeMemory.allocate(count, of: Float.self), count: count)
            values.initialize(repeating: 0)
        }

        deinit { values.baseAddress.map { LargeMemory.deallocate($0) } }
    }

    /// The number of frames stepped since the beginning or the last reset.
    public internal(set) var stepCount = 0
    var block: Block
    let layout: StateLayout

    init(layout: StateLayout) {
        self.layout = layout
        block = Block(count: layout.count)
    }

    /// The memory, copied before if another state shares it.
    mutating func exclusiveValues() -> UnsafeMutablePointer<Float> {
        if !isKnownUniquelyReferenced(&block) {
            let copy = Block(count: layout.count)
            _ = copy.values.update(fromContentsOf: block.values)
            block = copy
        }
        // A state without values has a block of one float that nobody reads.
        return block.values.baseAddress!
    }

    /// Whether all that it remembers is finite.
    public var isFinite: Bool { block.values.allSatisfy(\.isFinite) }

    /// Forgets everything: the state of a session that has seen no frame.
    public mutating func reset() {
        if isKnownUniquelyReferenced(&block) {
            block.values.update(repeating: 0)
        } else {
            block = Block(count: layout.count)
        }
        stepCount = 0
    }

    /// The largest number of bytes that ``encoded()`` puts before the values.
    static let headerBytes = 8 + 32 + 8

    /// The state as bytes: the mark `WEIRCIN1`, the layout's SHA-256, the number of steps and the values,
    /// little-endian.
    public func encoded() -> [UInt8] {
        var bytes = Array("WEIRCIN1".utf8)
        bytes.reserveCapacity(Self.headerBytes + layout.count * 4)
        bytes.append(contentsOf: layout.digest)
        withUnsafeBytes(of: UInt64(stepCount).littleEndian) { bytes.append(contentsOf: $0) }
        // All platforms that Swift runs on here are little-endian.
        bytes.append(contentsOf: UnsafeRawBufferPointer(block.values))
        return bytes
    }

    /// The state that ``encoded()`` gave.
    ///
    /// - Throws: ``ContinualError`` when the bytes are cut short, damaged, or of a network with another layout.
    public init(_ bytes: some Collection<UInt8>, plan: Plan) throws(ContinualError) {
        let layout = plan.layout
        let bytes = Array(bytes)
        guard bytes.count >= Self.headerBytes, bytes.starts(with: "WEIRCIN1".utf8) else {
            throw ContinualError(.state, "these \(bytes.count) bytes are not the state of a session")
        }
        guard bytes[8..<40].elementsEqual(layout.digest) else {
            throw ContinualError(
                .state,
                "the state belongs to a network with another layout than \(plan.name); begin the session anew"
            )
        }
        guard bytes.count == Self.headerBytes + layout.count * 4 else {
            throw ContinualError(
                .state,
                "the state has \(bytes.count) bytes, \(plan.name) needs \(Self.headerBytes + layout.count * 4): it is cut short"
            )
        }
        let steps = bytes[40..<48].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard steps <= UInt64(Int.max / 2) else {
            throw ContinualError(.state, "the state claims \(steps) steps: it is damaged")
        }
        self.init(layout: layout)
        stepCount = Int(steps)
        bytes[Self.headerBytes...].withUnsafeBytes {
            UnsafeMutableRawBufferPointer(block.values).copyMemory(from: $0)
        }
    }
}
