import JSON

/// The header of a safetensors file: what it says of each tensor, not yet held against the file.
struct SafetensorsHeader {
    /// What is said of one tensor.
    struct Entry {
        var dtype = ""
        var shape: [Int] = []
        var offsets: [Int] = []
    }

    private(set) var entries: [String: Entry] = [:]
    private(set) var metadata: [String: String] = [:]

    /// Reads the text; members of an entry that the format does not know are walked over.
    init(_ text: UnsafeRawBufferPointer) throws(Rejection) {
        var reader = JSONReader(text)
        var names: Set<String> = []
        try reader.readObject("the header") { (reader, name) throws(Rejection) in
            // A longer name is handed out cut.
            guard name.utf8.count < JSONReader.keyBytesMax else {
                throw Rejection(
                    .json,
                    "before byte \(reader.offset) is a name of \(JSONReader.keyBytesMax) bytes or more; shorten it"
                )
            }
            try Self.note(name, in: &names, reader)
            if name == "__metadata__" {
                metadata = try Self.metadata(&reader)
            } else {
                entries[name] = try Self.entry(&reader)
            }
        }
        try reader.finish()
    }

    private static func metadata(_ reader: inout JSONReader) throws(Rejection) -> [String: String] {
        var metadata: [String: String] = [:]
        var names: Set<String> = []
        try reader.readObject("__metadata__") { (reader, name) throws(Rejection) in
            try note(name, in: &names, reader)
            metadata[name] = try reader.readString("a text of __metadata__")
        }
        return metadata
    }

    private static func entry(_ reader: inout JSONReader) throws(Rejection) -> Entry {
        var entry = Entry()
        var names: Set<String> = []
        try reader.readObject("a tensor") { (reader, name) throws(Rejection) in
            try note(name, in: &names, reader)
            switch name {
            case "dtype": entry.dtype = try reader.readString("dtype")
            case "shape": entry.shape = try integers(&reader, "shape")
            case "data_offsets": entry.offsets = try integers(&reader, "data_offsets")
            default: try reader.skipValue()
            }
        }
        for name in ["dtype", "shape", "data_offsets"] where !names.contains(name) {
            throw Rejection(.json, "the tensor that ends before byte \(reader.offset) has no \(name)")
        }
        return entry
    }

    private static func integers(_ reader: inout JSONReader, _ path: String) throws(Rejection) -> [Int] {
        var integers: [Int] = []
        try reader.readArray(path) { (reader, _) throws(Rejection) in
            integers.append(Int(try reader.readInteger(path)))
        }
        return integers
    }

    private static func note(
        _ name: String, in names: inout Set<String>, _ reader: JSONReader
    ) throws(Rejection) {
        guard names.insert(name).inserted else {
            throw Rejection(.json, "a name comes a second time before byte \(reader.offset); give it once")
        }
    }
}
