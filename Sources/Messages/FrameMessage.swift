import Protobuf

/// The message `weir.v1.Frame` as it was read, before anything is checked but the form.
struct FrameMessage {
    var session = ""
    var sequence: Int64?
    var vector: VectorFields
    var frames: UInt32?
    var label: String?
    var role: Int32 = 0
    var explain: Bool?
    var isEnd = false
    var answer: Int32 = 0

    /// - Parameter limit: The most numbers that a record may have.
    init(limit: Int) { vector = VectorFields(limit: limit) }

    mutating func read(_ message: ProtobufReader) throws(ProtobufError) {
        var reader = message
        while let field = try reader.nextField() {
            switch (field.number, field.type) {
            case (1, .lengthDelimited): session = try reader.string()
            case (2, .varint): sequence = Int64(bitPattern: try reader.varint())
            case (3, .lengthDelimited): vector.append(list: try reader.packedFloats())
            case (3, .fixed32): vector.append(try reader.float())
            case (4, .lengthDelimited): try vector.merge(tensor: reader.message())
            case (5, .varint): frames = UInt32(truncatingIfNeeded: try reader.varint())
            case (6, .lengthDelimited): label = try reader.string()
            case (7, .varint): role = Int32(truncatingIfNeeded: try reader.varint())
            case (8, .varint): explain = try reader.varint() != 0
            case (9, .varint): isEnd = try reader.varint() != 0
            case (10, .varint): answer = Int32(truncatingIfNeeded: try reader.varint())
            default: try reader.skip(field)
            }
        }
    }
}
