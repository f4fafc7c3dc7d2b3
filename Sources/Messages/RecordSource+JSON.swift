import JSON

extension RecordSource {
    func write(to writer: inout JSONWriter) {
        writer.literal("{\"topic\":")
        writer.string(topic)
        writer.literal(",\"partition\":")
        writer.integer(Int64(partition))
        writer.literal(",\"offset\":")
        writer.integer(offset)
        writer.literal("}")
    }

    init(_ reader: inout JSONReader, _ path: String) throws(Rejection) {
        var topic: String?
        var partition: Int32?
        var offset: Int64?
        try reader.readObject(path) { (reader, key) throws(Rejection) in
            switch key {
            case "topic": topic = try reader.readString("\(path).topic")
            case "partition":
                partition = Int32(exactly: try reader.readInteger("\(path).partition"))
                guard partition != nil else {
                    throw Rejection(.json, "\(path).partition has more than 32 bits")
                }
            case "offset": offset = try reader.readInteger("\(path).offset")
            default: try reader.skipValue()
            }
        }
        self.init(
            topic: try JSONReader.required(topic, "\(path).topic"),
            partition: try JSONReader.required(partition, "\(path).partition"),
            offset: try JSONReader.required(offset, "\(path).offset"))
    }
}
