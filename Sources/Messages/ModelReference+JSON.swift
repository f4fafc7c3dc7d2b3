import JSON

extension ModelReference {
    func write(to writer: inout JSONWriter) {
        writer.literal("{\"id\":")
        writer.string(id)
        writer.literal(",\"revision\":")
        writer.integer(Int64(revision))
        writer.literal(",\"traces_learned\":")
        writer.integer(Int64(tracesLearned))
        writer.literal(",\"hash\":")
        writer.string(hash)
        writer.literal("}")
    }

    init(_ reader: inout JSONReader) throws(Rejection) {
        var id: String?
        var revision: Int64?
        var tracesLearned: Int64?
        var hash: String?
        try reader.readObject("model") { (reader, key) throws(Rejection) in
            switch key {
            case "id": id = try reader.readString("model.id")
            case "revision": revision = try reader.readInteger("model.revision")
            case "traces_learned": tracesLearned = try reader.readInteger("model.traces_learned")
            case "hash": hash = try reader.readString("model.hash")
            default: try reader.skipValue()
            }
        }
        self.init(
            id: try JSONReader.required(id, "model.id"),
            revision: Int(try JSONReader.required(revision, "model.revision")),
            tracesLearned: Int(try JSONReader.required(tracesLearned, "model.traces_learned")),
            hash: try JSONReader.required(hash, "model.hash"))
    }
}
