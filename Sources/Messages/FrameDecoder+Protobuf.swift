import Protobuf

extension FrameDecoder {
    /// Reads the message `weir.v1.Frame`. Unknown fields are walked over.
    ///
    /// - Parameter values: The values go to its end.
    func decodeProtobuf(
        _ value: UnsafeRawBufferPointer, into values: inout [Float]
    ) throws(Rejection) -> FrameFields {
        var message = FrameMessage(limit: common.valuesMax)
        do {
            try message.read(ProtobufReader(value))
        } catch {
            throw error.rejection(expecting: "Frame")
        }
        var fields = FrameFields()
        if !message.session.isEmpty { fields.session = message.session }
        if let sequence = message.sequence { fields.sequence = try checkSequence(sequence) }
        fields.valueCount = try message.vector.write(to: &values, for: common)
        if let frames = message.frames { fields.count = try checkCount(Int64(frames)) }
        if let label = message.label {
            try common.checkLabel(label, "label")
            fields.label = label
        }
        fields.role = try common.role(message.role)
        fields.wantsReasons = message.explain
        fields.isEnd = message.isEnd
        switch message.answer {
        case 0: break
        case 1: fields.answersLastOnly = false
        case 2: fields.answersLastOnly = true
        case let number:
            throw Rejection(
                .frames, "answer is the unknown number \(number); use the values of weir.proto")
        }
        return fields
    }
}
