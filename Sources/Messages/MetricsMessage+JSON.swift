import JSON

extension MetricsMessage {
    /// The largest message that is read, bytes: room for a hundred thousand classes.
    static let payloadBytesMax = 16 << 20

    /// Appends the message as the object of `schemas/metrics.schema.json`, on one line.
    ///
    /// - Parameter bytes: Where the text goes. Equal messages give equal bytes: keys of maps are sorted, and lists by
    ///   the values of labels.
    public func encodeJSON(into bytes: inout [UInt8]) {
        // With labels a metric is a list in every message; of one that has no items it is empty.
        var byName = Dictionary(uniqueKeysWithValues: MetricCatalogue.labelled.map { ($0.name, [Metric]()) })
        var reasons: [String: String] = [:]
        for metric in metrics {
            byName[metric.definition.name, default: []].append(metric)
            if metric.labels.isEmpty, let reason = metric.reason { reasons[metric.definition.name] = reason }
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
            writer.object(byName) { Self.write($1, to: &$0) }
            writer.literal(",\"per_class\":")
            writer.object(perClass) { $1.write(to: &$0) }
            writer.literal(",\"reasons_absent\":")
            writer.object(reasons) { $0.string($1) }
            writer.literal(",\"final\":")
            writer.boolean(isFinal)
            writer.literal(",\"ts\":")
            writer.timestamp(timestampMilliseconds)
            writer.literal("}")
        }
    }

    /// Writes all metrics of one name: a number, or a list.
    private static func write(_ metrics: [Metric], to writer: inout JSONWriter) {
        if let metric = metrics.first, metric.labels.isEmpty { return writer.number(metric.number) }
        writer.array(metrics) { writer, metric in
            writer.literal("{\"labels\":")
            writer.object(Dictionary(uniqueKeysWithValues: zip(metric.definition.labels, metric.labels))) {
                $0.string($1)
            }
            writer.literal(",\"value\":")
            writer.number(metric.number)
            if let reason = metric.reason {
                writer.literal(",\"reason_absent\":")
                writer.string(reason)
            }
            writer.literal("}")
        }
    }

    /// Reads a message from JSON. Unknown members are walked over; metrics that are not in the catalogue are read as
    /// the message tells of them.
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
        var fields = MetricsFields()
        var perClass: [String: ClassMetrics]?
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
            case "metrics": try fields.readMetrics(&reader)
            case "per_class":
                var read: [String: ClassMetrics] = [:]
                try reader.readObject("per_class") { (reader, name) throws(Rejection) in
                    read[name] = try ClassMetrics(&reader)
                }
                perClass = read
            case "reasons_absent": try fields.readReasons(&reader)
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
            metrics: try fields.metrics(),
            perClass: try JSONReader.required(perClass, "per_class"),
            timestampMilliseconds: try JSONReader.required(timestamp, "ts"),
            isFinal: try JSONReader.required(isFinal, "final"))
    }
}
