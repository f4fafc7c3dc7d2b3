import JSON

extension ClassMetrics {
    func write(to writer: inout JSONWriter) {
        writer.literal("{\"n\":")
        writer.integer(Int64(n))
        writer.literal(",\"recall\":")
        writer.number(recall)
        writer.literal(",\"peak\":")
        writer.number(peak)
        writer.literal(",\"now\":")
        writer.number(now)
        writer.literal(",\"forgetting\":")
        writer.number(forgetting)
        writer.literal(",\"holdout_items\":")
        writer.integer(Int64(holdoutItems))
        writer.literal("}")
    }

    init(_ reader: inout JSONReader) throws(Rejection) {
        var n: Int64?
        var recall: Double?
        var peak: Double?
        var now: Double?
        var forgetting: Double?
        var holdoutItems: Int64?
        try reader.readObject("per_class[]") { (reader, key) throws(Rejection) in
            switch key {
            case "n": n = try reader.readInteger("per_class[].n")
            case "recall": recall = try reader.readFiniteDouble("per_class[].recall")
            case "peak": peak = try reader.readFiniteDouble("per_class[].peak")
            case "now": now = try reader.readFiniteDouble("per_class[].now")
            case "forgetting": forgetting = try reader.readFiniteDouble("per_class[].forgetting")
            case "holdout_items": holdoutItems = try reader.readInteger("per_class[].holdout_items")
            default: try reader.skipValue()
            }
        }
        self.init(
            n: Int(try JSONReader.required(n, "per_class[].n")), recall: recall, peak: peak, now: now,
            forgetting: forgetting,
            holdoutItems: Int(try JSONReader.required(holdoutItems, "per_class[].holdout_items")))
    }
}
