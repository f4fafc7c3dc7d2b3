import JSON
import Protobuf

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
        return try ProtobufWriter.checkedMessage(
            expectedBytes: values.count * 4 + session.utf8.count + 64 + (label?.utf8.count ?? 0)
        ) { writer in
            writer.stringIfSet(1, session)
            if !values.isEmpty {
                writer.integer(2, sequence)
                writer.floatsIfSet(3, values)
                if count != 1 { writer.integer(5, Int64(count)) }
            }
            if let label { writer.string(6, label) }
            writer.integerIfSet(7, role.protobufNumber)
            writer.booleanIfSet(8, wantsReasons)
            writer.booleanIfSet(9, isEnd)
            if answersLastOnly { writer.integer(10, 2) }
        }
    }
}
