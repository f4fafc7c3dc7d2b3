extension MetricsMessage {
    /// The largest message that is read, bytes: room for a hundred thousand classes.
    static let payloadBytesMax = 16 << 20

    /// Appends the message as the object of `schemas/metrics.schema.json`, on one line.
    ///
    /// - Parameter bytes: Where the text goes. Equal messages give equal bytes: keys of maps are sorted.
    public func encodeJSON(into bytes: inout [UInt8]) {
        var absent = absent
        for (name, value) in metrics where absent[name] == nil {
            if let value, !value.isFinite { absent[name] = Self.notFinite }
        }
        JSONWriter.append(to: &bytes) { writer in
            writer.literal("{\"stream\":")
            writer.string(stream)
            writer.literal(",\"model\":")
            model.write(to: &writer)
            writer.literal(",\"window\":{\"kind\":")
            writer.string(window.kind.rawValue)
            writer.literal(",\"n\":")
            writer.integer(Int64(window.n))
            writer.literal("},\"n_records\":")
            writer.integer(Int64(recordCount))
            writer.literal(",\"n_labelled\":")
            writer.integer(Int64(labelledCount))
            writer.literal(",\"metrics\":")
            writer.object(metrics) { $0.number($1) }
            writer.literal(",\"per_class\":")
            writer.object(perClass) { $1.write(to: &$0) }
            writer.literal(",\"absent\":")
            writer.object(absent) { $0.string($1) }
            writer.literal(",\"final\":")
            writer.boolean(isFinal)
            writer.literal(",\"ts\":")
            writer.timestamp(timestampMilliseconds)
            writer.literal("}")
        }
    }

    /// Reads a message from JSON. Unknown members are walked over.
    ///
    /// - Parameter bytes: The text. It is not kept.
    /// - Throws: `E_TOO_LARGE` above 16 MiB; `E_JSON` with the path of what is missing or wrong.
    public init(json bytes: UnsafeRawBufferPointer) throws(Rejection) {
        guard bytes.count <= Self.payloadBytesMax else {
            throw Rejection(
                .tooLarge, "metrics of \(bytes.count) bytes; the limit is \(Self.payloadBytesMax)")
        }
        var stream: String?
        var model: ModelReference?
        var window: MetricsWindow?
        var recordCount: Int64?
        var labelledCount: Int64?
        var metrics: [String: Double?]?
        var perClass: [String: ClassMetrics]?
        var absent: [String: String]?
        var timestamp: Int64?
        var isFinal: Bool?
        var reader = JSONReader(bytes)
        try reader.readObject("the value") { (reader, key) throws(Rejection) in
            switch key {
            case "stream": stream = try reader.readString("stream")
            case "model": model = try ModelReference(&reader)
            case "window": window = try MetricsWindow(&reader)
            case "n_records": recordCount = try reader.readInteger("n_records")
            case "n_labelled": labelledCount = try reader.readInteger("n_labelled")
            case "metrics":
                var read: [String: Double?] = [:]
                try reader.readObject("metrics") { (reader, name) throws(Rejection) in
                    read.updateValue(try reader.readFiniteDouble("metrics.\(name)"), forKey: name)
                }
                metrics = read
            case "per_class":
                var read: [String: ClassMetrics] = [:]
                try reader.readObject("per_class") { (reader, name) throws(Rejection) in
                    read[name] = try ClassMetrics(&reader)
                }
                perClass = read
            case "absent":
                var read: [String: String] = [:]
                try reader.readObject("absent") { (reader, name) throws(Rejection) in
                    read[name] = try reader.readString("absent")
                }
                absent = read
            case "ts": timestamp = try reader.readTimestamp("ts")
            case "final": isFinal = try reader.readBoolean("final")
            default: try reader.skipValue()
            }
        }
        try reader.finish()
        self.init(
            stream: try JSONReader.required(stream, "stream"), model: try JSONReader.required(model, "model"),
            window: try JSONReader.required(window, "window"),
            recordCount: Int(try JSONReader.required(recordCount, "n_records")),
            labelledCount: Int(try JSONReader.required(labelledCount, "n_labelled")),
            metrics: try JSONReader.required(metrics, "metrics"),
            perClass: try JSONReader.required(perClass, "per_class"),
            absent: try JSONReader.required(absent, "absent"),
            timestampMilliseconds: try JSONReader.required(timestamp, "ts"),
            isFinal: try JSONReader.required(isFinal, "final"))
    }
}
