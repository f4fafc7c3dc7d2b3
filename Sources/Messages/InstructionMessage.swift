import Protobuf

/// The message `weir.v1.Instruction` as it was read, before anything is checked but the form: the kind that was given
/// last, with its fields.
struct InstructionMessage {
    /// The kind, or nil when none was given that is known.
    private(set) var kind: InstructionKind?
    private(set) var id = ""
    private(set) var vector: VectorFields
    private(set) var label = ""
    private(set) var weight: UInt32?
    /// `to` or `into`.
    private(set) var target = ""

    /// - Parameter limit: The most numbers that a record may have.
    init(limit: Int) { vector = VectorFields(limit: limit) }

    /// Reads the message on. A kind that is given once more goes on, another one takes its place.
    mutating func merge(_ message: ProtobufReader) throws(ProtobufError) {
        var reader = message
        while let field = try reader.nextField() {
            switch (field.number, field.type) {
            case (1, .lengthDelimited):
                begin(.unlearn)
                try mergeUnlearn(reader.message())
            case (2, .lengthDelimited):
                begin(.deleteClass)
                try mergeClasses(reader.message())
            case (3, .lengthDelimited):
                begin(.renameClass)
                try mergeClasses(reader.message())
            case (4, .lengthDelimited):
                begin(.mergeClasses)
                try mergeClasses(reader.message())
            default: try reader.skip(field)
            }
        }
    }

    private mutating func begin(_ kind: InstructionKind) {
        guard self.kind != kind else { return }
        self = InstructionMessage(limit: vector.limit)
        self.kind = kind
    }

    private mutating func mergeUnlearn(_ message: ProtobufReader) throws(ProtobufError) {
        var reader = message
        while let field = try reader.nextField() {
            switch (field.number, field.type) {
            case (1, .lengthDelimited): id = try reader.string()
            case (2, .lengthDelimited): vector.append(list: try reader.packedFloats())
            case (2, .fixed32): vector.append(try reader.float())
            case (3, .lengthDelimited): try vector.merge(tensor: reader.message())
            case (4, .lengthDelimited): label = try reader.string()
            case (5, .varint): weight = UInt32(truncatingIfNeeded: try reader.varint())
            default: try reader.skip(field)
            }
        }
    }

    /// Reads `weir.v1.DeleteClass`, `RenameClass` or `MergeClasses`, whose fields have the same numbers.
    private mutating func mergeClasses(_ message: ProtobufReader) throws(ProtobufError) {
        var reader = message
        while let field = try reader.nextField() {
            switch (field.number, field.type) {
            case (1, .lengthDelimited): label = try reader.string()
            case (2, .lengthDelimited) where kind != .deleteClass: target = try reader.string()
            default: try reader.skip(field)
            }
        }
    }
}
