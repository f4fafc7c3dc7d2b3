import JSON

extension ModelReference {
    func write(to writer: inout JSONWriter) {
        writer.literal("{\"id\":")
        writer.string(id)
        writer.literal(",\"version\":")
        writer.integer(Int64(version))
        writer.literal(",\"hash\":")
        writer.string(hash)
        writer.literal("}")
    }

    init(_ reader: inout JSONReader) throws(Rejection) {
        var id: String?
        var version: Int64?
        var hash: String?
        try reader.readObject("model") { (reader, key) throws(Rejection) in
            switch key {
            case "id": id = try reader.readString("model.id")
            case "version": version = try reader.readInteger("model.version")
            case "hash": hash = try reader.readString("model.hash")
            default: try reader.skipValue()
            }
        }
        self.init(
            id: try JSONReader.required(id, "model.id"),
            version: Int(try JSONReader.required(version, "model.version")),
            hash: try JSONReader.required(hash, "model.hash"))
    }
}
