import SwiftProtobuf

extension SampleDecoder {
    /// Reads the message `weir.v1.Sample`. Unknown fields are walked over.
    func decodeProtobuf(_ value: UnsafeRawBufferPointer) throws(Rejection) -> SampleFields {
        let message = try ProtobufFault.decode(Weir_V1_Sample.self, value)
        var fields = SampleFields()
        if !message.id.isEmpty { fields.id = message.id }
        if message.hasTensor {
            guard message.x.isEmpty else {
                throw Rejection(.conflict, "x and tensor are both given; send the features once")
            }
            fields.features = try features(message.tensor)
        } else if !message.x.isEmpty {
            try checkFeatures(message.x, "x")
            fields.features = message.x
        }
        if message.hasLabel {
            try checkLabel(message.label)
            fields.label = message.label
        }
        if message.hasWeight { fields.weight = try checkWeight(Double(message.weight)) }
        switch message.role {
        case .unspecified: break
        case .auto: fields.role = .auto
        case .train: fields.role = .train
        case .holdout: fields.role = .holdout
        case .UNRECOGNIZED(let number):
            throw Rejection(.role, "role is the unknown number \(number); use the values of weir.proto")
        }
        return fields
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
