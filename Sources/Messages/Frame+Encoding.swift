import SwiftProtobuf

extension Frame {
    /// Appends the frames as a JSON object. What has its default value is left out.
    ///
    /// - Parameter bytes: Where the text goes. Values that are not finite are written as `null`, which a decoder
    ///   refuses.
    public func encodeJSON(into bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { writer in
            writer.literal("{\"session\":")
            writer.string(session)
            if !values.isEmpty {
                writer.literal(",\"seq\":")
                writer.integer(sequence)
                writer.literal(",\"x\":")
                writer.array(values) { $0.number($1) }
                if count != 1 {
                    writer.literal(",\"frames\":")
                    writer.integer(Int64(count))
                }
            }
            if let label {
                writer.literal(",\"label\":")
                writer.string(label)
            }
            if role != .auto {
                writer.literal(",\"role\":")
                writer.string(role.rawValue)
            }
            if wantsReasons { writer.literal(",\"explain\":true") }
            if isEnd { writer.literal(",\"end\":true") }
            if answersLastOnly { writer.literal(",\"answer\":\"last\"") }
            writer.literal("}")
        }
    }

    /// The frames as a message `weir.v1.Frame`. What has its default value is left out.
    ///
    /// - Throws: `E_TOO_LARGE` when it exceeds the 2 GiB of a message.
    public func encodeProtobuf() throws(Rejection) -> [UInt8] {
        var message = Weir_V1_Frame()
        message.session = session
        if !values.isEmpty {
            message.seq = sequence
            message.x = values
            if count != 1 { message.frames = UInt32(clamping: count) }
        }
        if let label { message.label = label }
        switch role {
        case .auto: break
        case .train: message.role = .train
        case .holdout: message.role = .holdout
        }
        if wantsReasons { message.explain = true }
        message.end = isEnd
        if answersLastOnly { message.answer = .last }
        return try message.encoded()
    }
}
