import SwiftProtobuf

extension SampleDecoder {
    /// Reads the message `weir.v1.Sample`. Unknown fields are walked over.
    func decodeProtobuf(_ value: UnsafeRawBufferPointer) throws(Rejection) -> RecordFields {
        let message = try ProtobufFault.decode(Weir_V1_Sample.self, value)
        guard !message.hasInstruction else { return .instruction(try instruction(message)) }
        var fields = SampleFields()
        if !message.id.isEmpty { fields.id = message.id }
        fields.features = try features(message.x, message.hasTensor ? message.tensor : nil)
        if message.hasLabel {
            try checkLabel(message.label, "label")
            fields.label = message.label
        }
        if message.hasWeight { fields.weight = try checkWeight(Double(message.weight)) }
        fields.role = try role(message.role)
        if message.hasExplain { fields.wantsReasons = message.explain }
        return .sample(fields)
    }

    func role(_ role: Weir_V1_Role) throws(Rejection) -> SampleRole? {
        switch role {
        case .unspecified: nil
        case .auto: .auto
        case .train: .train
        case .holdout: .holdout
        case .UNRECOGNIZED(let number):
            throw Rejection(.role, "role is the unknown number \(number); use the values of weir.proto")
        }
    }

    private func instruction(_ message: Weir_V1_Sample) throws(Rejection) -> InstructionFields {
        var rest = message
        rest.clearInstruction()
        guard rest == Weir_V1_Sample() else {
            throw Rejection(
                .instruction,
                "instruction stands beside other fields of a sample; leave them out, its own are inside it")
        }
        var fields: InstructionFields
        switch message.instruction.kind {
        case .unlearn(let unlearn):
            fields = InstructionFields(kind: .unlearn, label: try label(unlearn.label, "label"))
            if !unlearn.id.isEmpty { fields.id = unlearn.id }
            fields.features = try features(unlearn.x, unlearn.hasTensor ? unlearn.tensor : nil)
            if unlearn.hasWeight { fields.weight = try checkWeight(Double(unlearn.weight)) }
        case .deleteClass(let delete):
            fields = InstructionFields(kind: .deleteClass, label: try label(delete.label, "label"))
        case .renameClass(let rename):
            fields = InstructionFields(kind: .renameClass, label: try label(rename.label, "label"))
            fields.target = try label(rename.to, "to")
        case .mergeClasses(let merge):
            fields = InstructionFields(kind: .mergeClasses, label: try label(merge.label, "label"))
            fields.target = try label(merge.into, "into")
        case nil:
            throw Rejection(
                .instruction,
                "instruction has no kind that is read; use one of \(InstructionKind.names) of weir.proto")
        }
        return fields
    }

    /// A class, or nil when the field is empty, as an absent one is.
    private func label(_ text: String, _ path: String) throws(Rejection) -> String? {
        guard !text.isEmpty else { return nil }
        try checkLabel(text, path)
        return text
    }

    func features(_ list: [Float], _ tensor: Weir_V1_Tensor?) throws(Rejection) -> [Float]? {
        if let tensor {
            guard list.isEmpty else {
                throw Rejection(.conflict, "x and tensor are both given; send the features once")
            }
            return try features(tensor)
        }
        guard !list.isEmpty else { return nil }
        try checkFeatures(list, "x")
        return list
    }

    private func features(_ tensor: Weir_V1_Tensor) throws(Rejection) -> [Float] {
        let type: ElementType
        switch tensor.dtype {
        case .f32: type = .f32
        case .f64: type = .f64
        case .f16: type = .f16
        case .u8: type = .u8
        case .i8: type = .i8
        case .i16: type = .i16
        case .i32: type = .i32
        case .i64: type = .i64
        case .unspecified, .UNRECOGNIZED:
            throw Rejection(
                .dtype, "tensor.dtype is missing or unknown; use one of \(ElementType.names) of weir.proto")
        }
        // A Result, since the closure of withUnsafeBytes may throw any error.
        return try tensor.data.withUnsafeBytes { bytes -> Result<[Float], Rejection> in
            do throws(Rejection) {
                return .success(try features(type, shape: tensor.shape, data: bytes, "tensor"))
            } catch {
                return .failure(error)
            }
        }.get()
    }
}
