import Protobuf

extension SampleDecoder {
    /// Reads the message `weir.v1.Sample`. Unknown fields are walked over.
    ///
    /// - Parameter vectors: The features go to its end.
    func decodeProtobuf(
        _ value: UnsafeRawBufferPointer, into vectors: inout [Float]
    ) throws(Rejection) -> RecordFields {
        var message = SampleMessage(limit: valuesMax)
        do {
            try message.read(ProtobufReader(value))
        } catch {
            throw error.rejection(expecting: "Sample")
        }
        if let instruction = message.instruction {
            guard message.isEmpty else {
                throw Rejection(
                    .instruction,
                    "instruction stands beside other fields of a sample; leave them out, its own are inside it"
                )
            }
            return .instruction(try fields(of: instruction, into: &vectors))
        }
        var fields = SampleFields()
        if !message.id.isEmpty { fields.id = message.id }
        fields.featureCount = try message.vector.write(to: &vectors, for: self)
        if let label = message.label {
            try checkLabel(label, "label")
            fields.label = label
        }
        if let weight = message.weight { fields.weight = try checkWeight(Double(weight)) }
        fields.role = try role(message.role)
        fields.wantsReasons = message.explain
        return .sample(fields)
    }

    /// The role of a number of `weir.v1.Role`, or nil for none.
    func role(_ number: Int32) throws(Rejection) -> SampleRole? {
        switch number {
        case 0: nil
        case 1: .auto
        case 2: .train
        case 3: .holdout
        default:
            throw Rejection(.role, "role is the unknown number \(number); use the values of weir.proto")
        }
    }

    private func fields(
        of message: InstructionMessage, into vectors: inout [Float]
    ) throws(Rejection) -> InstructionFields {
        guard let kind = message.kind else {
            throw Rejection(
                .instruction,
                "instruction has no kind that is read; use one of \(InstructionKind.names) of weir.proto")
        }
        var fields = InstructionFields(kind: kind, label: try label(message.label, "label"))
        switch kind {
        case .unlearn:
            if !message.id.isEmpty { fields.id = message.id }
            fields.featureCount = try message.vector.write(to: &vectors, for: self)
            if let weight = message.weight { fields.weight = try checkWeight(Double(weight)) }
        case .deleteClass: break
        case .renameClass: fields.target = try label(message.target, "to")
        case .mergeClasses: fields.target = try label(message.target, "into")
        }
        return fields
    }

    /// A class, or nil when the field is empty, as an absent one is.
    private func label(_ text: String, _ path: String) throws(Rejection) -> String? {
        guard !text.isEmpty else { return nil }
        try checkLabel(text, path)
        return text
    }
}
