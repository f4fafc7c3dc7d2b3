import Protobuf

/// The message `weir.v1.Sample` as it was read, before anything is checked but the form.
struct SampleMessage {
    var id = ""
    var vector: VectorFields
    var label: String?
    var weight: UInt32?
    var role: Int32 = 0
    var hasTime = false
    var explain: Bool?
    var instruction: InstructionMessage?

    /// - Parameter limit: The most numbers that a record may have.
    init(limit: Int) { vector = VectorFields(limit: limit) }

    /// Whether there is nothing but, perhaps, an instruction.
    var isEmpty: Bool {
        id.isEmpty && vector.isEmpty && label == nil && weight == nil && role == 0 && !hasTime
            && explain == nil
    }

    mutating func read(_ message: ProtobufReader) throws(ProtobufError) {
        var reader = message
        while let field = try reader.nextField() {
            switch (field.number, field.type) {
            case (1, .lengthDelimited): id = try reader.string()
            case (2, .lengthDelimited): vector.append(list: try reader.packedFloats())
            case (2, .fixed32): vector.append(try reader.float())
            case (3, .lengthDelimited): try vector.merge(tensor: reader.message())
            case (4, .lengthDelimited): label = try reader.string()
            case (5, .varint): weight = UInt32(truncatingIfNeeded: try reader.varint())
            case (6, .varint): role = Int32(truncatingIfNeeded: try reader.varint())
            case (7, .varint):
                _ = try reader.varint()
                hasTime = true
            case (8, .varint): explain = try reader.varint() != 0
            case (9, .lengthDelimited):
                // In place: a copy for each of many parts would take time by the square.
                if instruction == nil { instruction = InstructionMessage(limit: vector.limit) }
                try instruction?.merge(reader.message())
            default: try reader.skip(field)
            }
        }
    }
}
