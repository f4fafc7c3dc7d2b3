/// Writes the fields of a Protocol Buffers message, in the order in which they are called for.
///
/// What proto3 leaves out, the caller leaves out: a field of an implicit default, by the methods named `…IfSet`. The
/// length of a message inside is written when its content stands, so that no message is built as a tree or walked
/// twice. All goes to one block of memory of the size that is expected; only when that does not do, the closure is
/// called once more with as much as it takes.
///
/// ```swift
/// let bytes = ProtobufWriter.message(expectedBytes: 128) { writer in
///     writer.string(1, id)
///     writer.message(2) { $0.integerIfSet(1, version) }
/// }
/// ```
public struct ProtobufWriter {
    private let memory: UnsafeMutableRawBufferPointer
    /// How many bytes the message has so far, also those that there is no memory for.
    private var count = 0

    private init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    /// Writes a message.
    ///
    /// - Parameters:
    ///   - expectedBytes: how many bytes it will have, or a little more.
    ///   - body: writes the fields; called twice when there are more bytes than expected, so it must do the same each
    ///     time.
    public static func message(
        expectedBytes: Int, _ body: (inout ProtobufWriter) -> Void
    ) -> [UInt8] {
        var needed = 0
        func write(_ capacity: Int) -> [UInt8] {
            [UInt8](unsafeUninitializedCapacity: capacity) { memory, written in
                var writer = ProtobufWriter(UnsafeMutableRawBufferPointer(memory))
                body(&writer)
                needed = writer.count
                written = min(needed, memory.count)
            }
        }
        let bytes = write(max(expectedBytes, 16))
        return bytes.count == needed ? bytes : write(needed)
    }

    /// Writes a text.
    public mutating func string(_ field: Int, _ text: String) {
        tag(field, .lengthDelimited)
        let utf8 = text.utf8
        let isWritten: Void? = utf8.withContiguousStorageIfAvailable { units in
            varint(UInt64(units.count))
            append(UnsafeRawBufferPointer(units))
        }
        if isWritten == nil {
            varint(UInt64(utf8.count))
            for unit in utf8 { append(unit) }
        }
    }

    /// Writes a text that is not empty.
    public mutating func stringIfSet(_ field: Int, _ text: String) {
        if !text.isEmpty { string(field, text) }
    }

    /// Writes a whole number, as `int64`, `int32` and `uint32` are written.
    public mutating func integer(_ field: Int, _ value: Int64) {
        tag(field, .varint)
        varint(UInt64(bitPattern: value))
    }

    /// Writes a whole number other than 0.
    public mutating func integerIfSet(_ field: Int, _ value: Int64) {
        if value != 0 { integer(field, value) }
    }

    /// Writes `true`.
    public mutating func booleanIfSet(_ field: Int, _ value: Bool) {
        if value { integer(field, 1) }
    }

    /// Writes a float.
    public mutating func float(_ field: Int, _ value: Float) {
        tag(field, .fixed32)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { append($0) }
    }

    /// Writes a float other than 0; -0 is another.
    public mutating func floatIfSet(_ field: Int, _ value: Float) {
        if value.bitPattern != 0 { float(field, value) }
    }

    /// Writes a packed list of floats, unless it is empty.
    public mutating func floatsIfSet(_ field: Int, _ values: [Float]) {
        guard !values.isEmpty else { return }
        tag(field, .lengthDelimited)
        varint(UInt64(values.count * 4))
        #if _endian(little)
        values.withUnsafeBytes { append($0) }
        #else
        for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { append($0) } }
        #endif
    }

    /// Writes a packed list of whole numbers, unless it is empty.
    public mutating func integersIfSet(_ field: Int, _ values: [Int32]) {
        guard !values.isEmpty else { return }
        message(field) { for value in values { $0.varint(UInt64(bitPattern: Int64(value))) } }
    }

    /// Writes a message inside, even when it is empty.
    public mutating func message(_ field: Int, _ body: (inout ProtobufWriter) -> Void) {
        tag(field, .lengthDelimited)
        // A place for the length, of one byte as nearly always; what does not fit moves the content.
        let place = count
        count += 1
        body(&self)
        let length = UInt64(count - place - 1)
        let more = Self.varintBytes(length) - 1
        let end = count
        count += more
        guard count <= memory.count, let start = memory.baseAddress else { return }
        if more > 0 {
            (start + place + 1 + more).copyMemory(from: start + place + 1, byteCount: end - place - 1)
        }
        count = place
        varint(length)
        count = end + more
    }

    private static func varintBytes(_ value: UInt64) -> Int {
        max(1, (64 - value.leadingZeroBitCount + 6) / 7)
    }

    private mutating func append(_ byte: UInt8) {
        if count < memory.count { memory[count] = byte }
        count += 1
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
        if bytes.count <= memory.count - count, let from = bytes.baseAddress, let to = memory.baseAddress {
            (to + count).copyMemory(from: from, byteCount: bytes.count)
        }
        count += bytes.count
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    private mutating func tag(_ field: Int, _ type: WireType) {
        varint(UInt64(field) << 3 | UInt64(type.rawValue))
    }
}
