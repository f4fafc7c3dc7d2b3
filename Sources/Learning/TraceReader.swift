/// Takes the parts of a trace from its bytes, one after the other, and never more than there are.
struct TraceReader {
    private let bytes: UnsafeRawBufferPointer
    private var place = 0

    /// Begins at the first byte.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The number of bytes that are left.
    var left: Int { bytes.count - place }

    /// Bytes as they are.
    mutating func part(_ count: Int, _ name: String) throws(LearnerError) -> UnsafeRawBufferPointer {
        guard count <= left else {
            throw LearnerError(
                .trace, "the trace ends within its \(name): \(count) bytes are needed, \(left) are there")
        }
        defer { place += count }
        return UnsafeRawBufferPointer(rebasing: bytes[place..<(place + count)])
    }

    /// A little-endian whole number.
    mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ name: String, as type: Number.Type = Number.self
    ) throws(LearnerError) -> Number {
        Number(littleEndian: try part(MemoryLayout<Number>.size, name).loadUnaligned(as: Number.self))
    }

    /// So many bytes of UTF-8.
    mutating func text(_ count: Int, _ name: String) throws(LearnerError) -> String {
        guard let text = String(validating: try part(count, name), as: UTF8.self) else {
            throw LearnerError(.trace, "the \(name) of the trace is not UTF-8")
        }
        return text
    }

    /// So many whole numbers of a few bits each.
    mutating func bits(_ count: Int, width: Int, _ name: String) throws(LearnerError) -> [UInt16] {
        let part = try part(TraceBits.size(count, width: width), name)
        guard let values = TraceBits.values(part, count: count, width: width) else {
            throw LearnerError(.trace, "the \(name) of the trace do not end in zeros")
        }
        return values
    }

    /// How many of something follow: at least one, or it would not be there.
    mutating func count(_ name: String, limit: Int) throws(LearnerError) -> Int {
        let count = Int(try number(name, as: UInt32.self))
        try Trace.check(count, 1...limit, "number of \(name)")
        return count
    }
}
