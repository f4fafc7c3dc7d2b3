import Protobuf

extension RecordSource {
    /// Writes the fields of the message `weir.v1.RecordSource`.
    func write(to writer: inout ProtobufWriter) {
        writer.stringIfSet(1, topic)
        writer.integerIfSet(2, Int64(partition))
        writer.integerIfSet(3, offset)
    }

    /// Reads the message on: what it gives once more replaces what was read.
    mutating func merge(_ message: ProtobufReader) throws(ProtobufError) {
        var reader = message
        while let field = try reader.nextField() {
            switch (field.number, field.type) {
            case (1, .lengthDelimited): topic = try reader.string()
            case (2, .varint): partition = Int32(truncatingIfNeeded: try reader.varint())
            case (3, .varint): offset = Int64(bitPattern: try reader.varint())
            default: try reader.skip(field)
            }
        }
    }
}
