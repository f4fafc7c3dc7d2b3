/// Walks over the fields of a Protocol Buffers message, in place.
///
/// It knows the wire format and no schema: the caller asks for the next field, and then for its content by what the
/// schema says of that number, or has it skipped. A field that is known under another wire type is to be skipped like
/// an unknown one. Nothing is allocated but the texts that are asked for, and no byte is read twice, so time and
/// memory are bounded by the message.
///
/// ```swift
/// var reader = ProtobufReader(bytes)
/// while let field = try reader.nextField() {
///     switch (field.number, field.type) {
///     case (1, .lengthDelimited): name = try reader.string()
///     case (2, .varint): count = UInt32(truncatingIfNeeded: try reader.varint())
///     case (3, .lengthDelimited): try part.read(reader.message())
///     default: try reader.skip(field)
///     }
/// }
/// ```
///
/// Source: Protocol Buffers, "Encoding". What is accepted is what the maintained implementations accept: tags and
/// varints longer than needed, unknown fields and groups; a field that is given twice is handed out twice, and the
/// caller takes the last, appends, or merges.
public struct ProtobufReader {
    /// The number and the wire type of a field.
    public struct Field: Sendable, Equatable {
        /// The number of the field in the schema, from 1 to 2^29 - 1.
        public let number: Int
        /// How its content is written.
        public let type: WireType

        /// A field.
        public init(number: Int, type: WireType) {
            self.number = number
            self.type = type
        }
    }

    /// How deep groups may be nested.
    public static let groupDepthMax = 100

    private let bytes: UnsafeRawBufferPointer
    /// The next byte to be read, from 0, in the bytes of the outermost reader.
    public private(set) var offset: Int
    private let end: Int
    /// Where the field that was read last begins, and its number.
    private var fieldOffset = 0
    private var fieldNumber = 0

    /// A reader of a whole message. The bytes must outlive it.
    public init(_ bytes: UnsafeRawBufferPointer) {
        self.init(bytes, offset: 0, end: bytes.count)
    }

    private init(_ bytes: UnsafeRawBufferPointer, offset: Int, end: Int) {
        self.bytes = bytes
        self.offset = offset
        self.end = end
    }

    /// Reads the tag of the next field, or returns nil at the end of the message.
    ///
    /// - Throws: ``ProtobufError`` when no field begins here, or a group ends that did not begin.
    public mutating func nextField() throws(ProtobufError) -> Field? {
        guard let field = try nextTag() else { return nil }
        guard field.type != .groupEnd else { throw error(.group) }
        return field
    }

    /// As ``nextField()``, but the end of a group is handed out too.
    private mutating func nextTag() throws(ProtobufError) -> Field? {
        guard offset < end else { return nil }
        fieldOffset = offset
        fieldNumber = 0
        var tag = UInt64(bytes[offset])
        if tag < 0x80 {
            offset += 1
        } else {
            tag = try varint()
            // A tag has 32 bits, in at most five bytes.
            guard offset - fieldOffset <= 5, tag <= UInt32.max else { throw error(.noField) }
        }
        guard let type = WireType(rawValue: UInt8(truncatingIfNeeded: tag & 7)), tag >> 3 > 0 else {
            throw error(.noField)
        }
        fieldNumber = Int(tag >> 3)
        return Field(number: fieldNumber, type: type)
    }

    /// Reads a varint. `int32`, `uint32`, `bool` and enums take its lowest bits, as all implementations do.
    ///
    /// - Throws: ``ProtobufError`` when it is cut off or has more than ten bytes.
    public mutating func varint() throws(ProtobufError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 70 {
            guard offset < end else { throw error(.cut) }
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw error(.longVarint)
    }

    /// Reads four bytes, little-endian.
    ///
    /// - Throws: ``ProtobufError`` when they are cut off.
    public mutating func fixed32() throws(ProtobufError) -> UInt32 {
        guard end - offset >= 4 else { throw error(.cut) }
        defer { offset += 4 }
        return UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    /// Reads a `float`.
    ///
    /// - Throws: ``ProtobufError`` when it is cut off.
    public mutating func float() throws(ProtobufError) -> Float {
        Float(bitPattern: try fixed32())
    }

    /// Reads a length and hands out so many bytes, in place.
    ///
    /// - Throws: ``ProtobufError`` when the length reaches past the end of the message.
    public mutating func content() throws(ProtobufError) -> UnsafeRawBufferPointer {
        let range = try contentRange()
        return UnsafeRawBufferPointer(rebasing: bytes[range])
    }

    private mutating func contentRange() throws(ProtobufError) -> Range<Int> {
        var length = UInt64(offset < end ? bytes[offset] : 0x80)
        if length < 0x80 { offset += 1 } else { length = try varint() }
        guard length <= UInt64(end - offset), length <= UInt64(Int32.max) else { throw error(.length) }
        let start = offset
        offset += Int(length)
        return start..<offset
    }

    /// Reads a packed list of `float`, in place: little-endian, at any alignment, a multiple of four bytes.
    ///
    /// - Throws: ``ProtobufError`` when it is cut off or not of whole numbers.
    public mutating func packedFloats() throws(ProtobufError) -> UnsafeRawBufferPointer {
        let list = try content()
        guard list.count.isMultiple(of: 4) else { throw error(.packedList) }
        return list
    }

    /// Reads a packed list of varints.
    ///
    /// - Throws: ``ProtobufError`` when it is cut off or not of whole numbers.
    public mutating func packedVarints(_ take: (UInt64) -> Void) throws(ProtobufError) {
        let range = try contentRange()
        var list = part(range)
        while list.offset < list.end {
            do {
                take(try list.varint())
            } catch {
                throw self.error(error.fault == .cut ? .packedList : error.fault)
            }
        }
    }

    /// Reads a text.
    ///
    /// - Throws: ``ProtobufError`` when it is cut off or not UTF-8.
    public mutating func string() throws(ProtobufError) -> String {
        let content = try content()
        var seen: UInt8 = 0
        for unit in content { seen |= unit }
        if seen < 0x80 {
            // ASCII needs no validation, whose generic form costs more than the text itself.
            return String(unsafeUninitializedCapacity: content.count) {
                UnsafeMutableRawBufferPointer($0).copyMemory(from: content)
                return content.count
            }
        }
        guard let text = String(validating: content, as: UTF8.self) else { throw error(.utf8) }
        return text
    }

    /// Reads a length and returns a reader of the message that it holds, whose offsets are those of this reader.
    ///
    /// - Throws: ``ProtobufError`` when it is cut off.
    public mutating func message() throws(ProtobufError) -> ProtobufReader {
        part(try contentRange())
    }

    private func part(_ range: Range<Int>) -> ProtobufReader {
        var part = ProtobufReader(bytes, offset: range.lowerBound, end: range.upperBound)
        part.fieldOffset = fieldOffset
        part.fieldNumber = fieldNumber
        return part
    }

    /// Walks over the content of a field.
    ///
    /// - Throws: ``ProtobufError`` when it is cut off, or a group is not ended or too deep.
    public mutating func skip(_ field: Field) throws(ProtobufError) {
        var groups: [Int] = []
        var type = field.type
        var number = field.number
        repeat {
            switch type {
            case .varint: _ = try varint()
            case .fixed64: try skip(bytes: 8)
            case .fixed32: try skip(bytes: 4)
            case .lengthDelimited: _ = try contentRange()
            case .groupStart:
                guard groups.count < Self.groupDepthMax else { throw error(.depth) }
                groups.append(number)
            case .groupEnd: guard groups.popLast() == number else { throw error(.group) }
            }
            guard !groups.isEmpty else { return }
            guard let next = try nextTag() else { throw error(.group) }
            type = next.type
            number = next.number
        } while true
    }

    private mutating func skip(bytes count: Int) throws(ProtobufError) {
        guard end - offset >= count else { throw error(.cut) }
        offset += count
    }

    private func error(_ fault: ProtobufError.Fault) -> ProtobufError {
        ProtobufError(fault, offset: fieldOffset, field: fieldNumber)
    }
}
