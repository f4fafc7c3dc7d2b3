import JSON
import Protobuf

extension Sample {
    /// Appends the sample as a JSON object. What has its default value is left out.
    ///
    /// - Parameter bytes: Where the text goes. Features that are not finite are written as `null`, which a
    ///   decoder refuses.
    public func encodeJSON(into bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { writer in
            writer.literal("{\"id\":")
            writer.string(id)
            writer.literal(",\"x\":")
            writer.array(features) { $0.number($1) }
            if let label {
                writer.literal(",\"label\":")
                writer.string(label)
            }
            if weight != 1 {
                writer.literal(",\"weight\":")
                writer.integer(Int64(weight))
            }
            if role != .auto {
                writer.literal(",\"role\":")
                writer.string(role.rawValue)
            }
            if wantsReasons { writer.literal(",\"explain\":true") }
            writer.literal("}")
        }
    }

    /// The sample as a message `weir.v1.Sample`. What has its default value is left out.
    ///
    /// - Throws: `E_TOO_LARGE` when it exceeds the 2 GiB of a message; `E_WEIGHT` when the weight is not in
    ///   ``weights``.
    public func encodeProtobuf() throws(Rejection) -> [UInt8] {
        try Self.checkWeight(weight)
        return try ProtobufWriter.checkedMessage(
            expectedBytes: features.count * 4 + id.utf8.count + 64 + (label?.utf8.count ?? 0)
        ) { writer in
            writer.stringIfSet(1, id)
            writer.floatsIfSet(2, features)
            if let label { writer.string(4, label) }
            if weight != 1 { writer.integer(5, Int64(weight)) }
            writer.integerIfSet(6, role.protobufNumber)
            writer.booleanIfSet(8, wantsReasons)
        }
    }

    /// Fails with `E_WEIGHT` for a weight that no reader would take.
    static func checkWeight(_ weight: Int) throws(Rejection) {
        guard weights ~= weight else {
            throw Rejection(.weight, "weight is not from \(weights.lowerBound) to \(weights.upperBound)")
        }
    }
}
