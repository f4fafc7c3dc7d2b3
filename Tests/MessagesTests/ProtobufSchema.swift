/// The numbers of a schema of Protocol Buffers: what each stands for, by message or enumeration.
struct ProtobufSchema {
    /// By `Message.number`, as in `Sample.4`, the type and the name: `optional string label`.
    private(set) var meanings: [String: String] = [:]

    /// Reads the text of a schema.
    init(_ text: String) {
        // A oneof has no name here: its fields are numbered among those of the message.
        var path: [String?] = []
        var statement = ""
        for letter in text.replacing(/\/\/[^\n]*/, with: "") {
            switch letter {
            case "{":
                let words = statement.split(whereSeparator: \.isWhitespace).map(String.init)
                path.append(words.first == "oneof" ? nil : words.last)
                statement = ""
            case "}":
                _ = path.popLast()
                statement = ""
            case ";":
                if let field = statement.wholeMatch(of: /\s*([^=]*?)\s*=\s*(\d+)\s*/) {
                    let place = path.compactMap(\.self).joined(separator: ".")
                    meanings["\(place).\(field.2)"] = String(field.1)
                }
                statement = ""
            default: statement.append(letter)
            }
        }
    }
}
