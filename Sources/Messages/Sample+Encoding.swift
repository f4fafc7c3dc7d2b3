import SwiftProtobuf

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
        var message = Weir_V1_Sample()
        message.id = id
        message.x = features
        if let label { message.label = label }
        if weight != 1 { message.weight = UInt32(weight) }
        switch role {
        case .auto: break
        case .train: message.role = .train
        case .holdout: message.role = .holdout
        }
        if wantsReasons { message.explain = true }
        return try message.encoded()
    }

    /// Fails with `E_WEIGHT` for a weight that no reader would take.
    static func checkWeight(_ weight: Int) throws(Rejection) {
        guard weights ~= weight else {
            throw Rejection(.weight, "weight is not from \(weights.lowerBound) to \(weights.upperBound)")
        }
    }
}
