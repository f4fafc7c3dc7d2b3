import JSON
import Protobuf

extension Instruction {
    /// Appends the instruction as the object of `schemas/instruction.schema.json`, on one line.
    ///
    /// - Parameter bytes: Where the text goes. Equal instructions give equal bytes: a weight of 1 is left out.
    ///   Features that are not finite are written as `null`, which a decoder refuses.
    public func encodeJSON(into bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { writer in
            writer.literal("{\"do\":")
            writer.string(kind.rawValue)
            switch self {
            case .unlearn(let id, let features, let label, let weight):
                writer.literal(",\"id\":")
                writer.string(id)
                writer.literal(",\"x\":")
                writer.array(features) { $0.number($1) }
                writer.literal(",\"label\":")
                writer.string(label)
                if weight != 1 {
                    writer.literal(",\"weight\":")
                    writer.integer(Int64(weight))
                }
            case .deleteClass(let label):
                writer.literal(",\"label\":")
                writer.string(label)
            case .renameClass(let label, let to):
                writer.literal(",\"label\":")
                writer.string(label)
                writer.literal(",\"to\":")
                writer.string(to)
            case .mergeClasses(let label, let into):
                writer.literal(",\"label\":")
                writer.string(label)
                writer.literal(",\"into\":")
                writer.string(into)
            }
            writer.literal("}")
        }
    }

    /// The instruction as a message `weir.v1.Sample` that holds nothing else, so that a reader who does not know
    /// instructions finds no features and refuses it.
    ///
    /// - Throws: `E_TOO_LARGE` when it exceeds the 2 GiB of a message; `E_WEIGHT` when the weight is not in
    ///   ``Sample/weights``.
    public func encodeProtobuf() throws(Rejection) -> [UInt8] {
        switch self {
        case .unlearn(let id, let features, let label, let weight):
            try Sample.checkWeight(weight)
            return try Self.message(
                1, expectedBytes: features.count * 4 + id.utf8.count + label.utf8.count + 64
            ) {
                $0.stringIfSet(1, id)
                $0.floatsIfSet(2, features)
                $0.stringIfSet(4, label)
                if weight != 1 { $0.integer(5, Int64(weight)) }
            }
        case .deleteClass(let label):
            return try Self.message(2, expectedBytes: 64) { $0.stringIfSet(1, label) }
        case .renameClass(let label, let target), .mergeClasses(let label, let target):
            return try Self.message(kind == .renameClass ? 3 : 4, expectedBytes: 128) {
                $0.stringIfSet(1, label)
                $0.stringIfSet(2, target)
            }
        }
    }

    /// A message `weir.v1.Sample` with nothing but an instruction of the kind that has this field's number.
    private static func message(
        _ field: Int, expectedBytes: Int, _ body: (inout ProtobufWriter) -> Void
    ) throws(Rejection) -> [UInt8] {
        try ProtobufWriter.checkedMessage(expectedBytes: expectedBytes) { writer in
            writer.message(9) { $0.message(field, body) }
        }
    }

    private var kind: InstructionKind {
        switch self {
        case .unlearn: .unlearn
        case .deleteClass: .deleteClass
        case .renameClass: .renameClass
        case .mergeClasses: .mergeClasses
        }
    }
}
