import SwiftProtobuf

extension FrameDecoder {
    /// Reads the message `weir.v1.Frame`. Unknown fields are walked over.
    func decodeProtobuf(_ value: UnsafeRawBufferPointer) throws(Rejection) -> FrameFields {
        let message = try ProtobufFault.decode(Weir_V1_Frame.self, value)
        var fields = FrameFields()
        if !message.session.isEmpty { fields.session = message.session }
        if message.hasSeq { fields.sequence = try checkSequence(message.seq) }
        fields.values = try common.features(message.x, message.hasTensor ? message.tensor : nil)
        if message.hasFrames { fields.count = try checkCount(Int64(message.frames)) }
        if message.hasLabel {
            try common.checkLabel(message.label, "label")
            fields.label = message.label
        }
        fields.role = try common.role(message.role)
        if message.hasExplain { fields.wantsReasons = message.explain }
        fields.isEnd = message.end
        switch message.answer {
        case .unspecified: break
        case .all: fields.answersLastOnly = false
        case .last: fields.answersLastOnly = true
        case .UNRECOGNIZED(let number):
            throw Rejection(
                .frames, "answer is the unknown number \(number); use the values of weir.proto")
        }
        return fields
    }
}
