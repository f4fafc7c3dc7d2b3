import SwiftProtobuf

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
        var message = Weir_V1_Sample()
        switch self {
        case .unlearn(let id, let features, let label, let weight):
            try Sample.checkWeight(weight)
            var unlearn = Weir_V1_Unlearn()
            unlearn.id = id
            unlearn.x = features
            unlearn.label = label
            if weight != 1 { unlearn.weight = UInt32(weight) }
            message.instruction.unlearn = unlearn
        case .deleteClass(let label): message.instruction.deleteClass.label = label
        case .renameClass(let label, let to):
            message.instruction.renameClass.label = label
            message.instruction.renameClass.to = to
        case .mergeClasses(let label, let into):
            message.instruction.mergeClasses.label = label
            message.instruction.mergeClasses.into = into
        }
        return try message.encoded()
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
