/// Appends the fields of a Protocol Buffers message to bytes, in the order in which they are called for.
///
/// The generated code builds a message as a tree and walks it twice; a prediction a frame is worth writing at once.
/// What proto3 leaves out, the caller leaves out: a field of an implicit default, by the methods named `…IfSet`.
struct ProtobufWriter {
    /// What was written.
    var bytes: [UInt8] = []

    /// Writes a text.
    mutating func string(_ field: UInt64, _ text: String) {
        tag(field, 2)
        var text = text
        text.withUTF8 { units in
            varint(UInt64(units.count))
            bytes.append(contentsOf: units)
        }
    }

    /// Writes a text that is not empty.
    mutating func stringIfSet(_ field: UInt64, _ text: String) {
        if !text.isEmpty { string(field, text) }
    }

    /// Writes a whole number.
    mutating func integer(_ field: UInt64, _ value: Int64) {
        tag(field, 0)
        varint(UInt64(bitPattern: value))
    }

    /// Writes a whole number other than 0.
    mutating func integerIfSet(_ field: UInt64, _ value: Int64) {
        if value != 0 { integer(field, value) }
    }

    /// Writes `true`.
    mutating func booleanIfSet(_ field: UInt64, _ value: Bool) {
        if value { integer(field, 1) }
    }

    /// Writes a float.
    mutating func float(_ field: UInt64, _ value: Float) {
        tag(field, 5)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Writes a float other than 0.
    mutating func floatIfSet(_ field: UInt64, _ value: Float) {
        if value.bitPattern != 0 { float(field, value) }
    }

    /// Writes a message inside, or a packed list.
    mutating func message(_ field: UInt64, _ body: (inout ProtobufWriter) -> Void) {
        tag(field, 2)
        let start = bytes.count
        body(&self)
        // The length stands before the content, which moves to make room for it; what is inside is short.
        var length = UInt64(bytes.count - start)
        var place = start
        while length >= 0x80 {
            bytes.insert(UInt8(truncatingIfNeeded: length) | 0x80, at: place)
            length >>= 7
            place += 1
        }
        bytes.insert(UInt8(length), at: place)
    }

    /// Writes a number of seven bits a byte, the lowest first.
    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func tag(_ field: UInt64, _ type: UInt64) { varint(field << 3 | type) }
}
