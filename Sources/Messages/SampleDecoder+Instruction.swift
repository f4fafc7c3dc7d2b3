import JSON
import Text

extension SampleDecoder {
    /// Reads the object of `schemas/instruction.schema.json`: as a sample, but a member that does not belong to it is
    /// a fault. A slip in the name of a member must not delete another class than was meant.
    ///
    /// - Parameter vectors: The features of an unlearning go to its end.
    func decodeInstruction(
        json value: UnsafeRawBufferPointer, into vectors: inout [Float]
    ) throws(Rejection) -> InstructionFields {
        var kind: InstructionKind?
        var fields = SampleFields()
        var targets: [String: String] = [:]
        var seen: Set<String> = []
        var given: Set<String> = []
        var foreign: String?
        var reader = JSONReader(value)
        try reader.readObject("the value") { (reader, key) throws(Rejection) in
            switch key {
            case "do", "id", "x", "label", "weight", "to", "into":
                guard seen.insert(key).inserted else { throw Self.repeated(key, reader) }
                if try reader.readNull() { return }
                if key != "do" { given.insert(key) }
            default:
                if try reader.readNull() { return }
                foreign = foreign ?? key
                return try reader.skipValue()
            }
            switch key {
            case "do": kind = try instructionKind(&reader)
            case "id": fields.id = try id(&reader)
            case "x": fields.featureCount = try features(&reader, into: &vectors)
            case "label": fields.label = try label(&reader, key)
            case "weight": fields.weight = try weight(&reader)
            default: targets[key] = try label(&reader, key)
            }
        }
        try reader.finish()
        guard let kind else {
            throw Rejection(.instruction, "do is missing; use one of \(InstructionKind.names)")
        }
        let allowed = Set(kind.required + kind.optional)
        // Sorted, since a set has another order each time and equal records shall have equal reasons.
        if let extra = foreign ?? given.subtracting(allowed).min() {
            throw Self.notAMember(Rejection.quoted(extra), kind)
        }
        return InstructionFields(
            kind: kind, id: fields.id, featureCount: fields.featureCount, label: fields.label,
            weight: fields.weight, target: targets["to"] ?? targets["into"])
    }

    private func instructionKind(_ reader: inout JSONReader) throws(Rejection) -> InstructionKind {
        let found = try reader.peek()
        guard found == .string else {
            throw Rejection(
                .instruction,
                "do is \(found.rawValue) at byte \(reader.offset); use one of \(InstructionKind.names)")
        }
        let name = try reader.readString("do")
        guard let kind = InstructionKind(rawValue: name.asWord) else {
            throw Rejection(
                .instruction, "do is none of \(InstructionKind.names)")
        }
        return kind
    }

    /// Joins what the value and the headers say. Of the headers only `ce_id` means something to an instruction, and
    /// only where a sample is named.
    func instruction(
        _ fields: InstructionFields, _ header: (String) -> [UInt8]?
    ) throws(Rejection) -> Instruction {
        func required<Value>(_ value: Value?, _ name: String) throws(Rejection) -> Value {
            guard let value else {
                throw Rejection(
                    .instruction,
                    "\(name) is missing; the members of \(fields.kind.rawValue) are \(fields.kind.members)")
            }
            return value
        }
        func target(_ name: String, _ label: String) throws(Rejection) -> String {
            let target = try required(fields.target, name)
            guard target != label else {
                throw Rejection(.instruction, "\(name) is the label itself; name another class")
            }
            return target
        }
        let label = try required(fields.label, "label")
        switch fields.kind {
        case .unlearn:
            let id = try required(try joined(fields.id, header), "id")
            _ = try required(fields.featureCount, "x")
            return .unlearn(id: id, features: [], label: label, weight: fields.weight ?? 1)
        case .deleteClass: return .deleteClass(label: label)
        case .renameClass: return .renameClass(label: label, to: try target("to", label))
        case .mergeClasses: return .mergeClasses(label: label, into: try target("into", label))
        }
    }

    static func notAMember(_ name: String, _ kind: InstructionKind) -> Rejection {
        Rejection(
            .instruction,
            "\(name) does not belong to \(kind.rawValue), whose members are \(kind.members); leave it out")
    }
}
