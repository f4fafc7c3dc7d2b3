import JSON

extension Reasons {
    func write(to writer: inout JSONWriter) {
        writer.literal("{\"margin\":")
        if let margin { writer.number(margin) } else { writer.literal("null") }
        writer.literal(",\"second\":")
        writer.string(second)
        writer.literal(",\"prototypes\":")
        writer.array(prototypes) { writer, prototype in
            writer.literal("{\"sample_id\":")
            writer.string(prototype.sampleID)
            writer.literal(",\"label\":")
            writer.string(prototype.label)
            writer.literal(",\"similarity\":")
            writer.number(prototype.similarity)
            writer.literal(",\"source\":")
            if let source = prototype.source { source.write(to: &writer) } else { writer.literal("null") }
            writer.literal("}")
        }
        writer.literal(",\"codebooks\":{\"for\":")
        writer.array(codebooksFor) { $1.write(to: &$0) }
        writer.literal(",\"against\":")
        writer.array(codebooksAgainst) { $1.write(to: &$0) }
        writer.literal("},\"experts\":")
        writer.array(experts) { writer, expert in
            writer.literal("{\"name\":")
            writer.string(expert.name)
            writer.literal(",\"weight\":")
            writer.number(expert.weight)
            writer.literal(",\"label\":")
            writer.string(expert.label)
            writer.literal(",\"confidence\":")
            writer.number(expert.confidence)
            writer.literal("}")
        }
        writer.literal("}")
    }

    init(_ reader: inout JSONReader) throws(Rejection) {
        var margin: Float?
        var second: String?
        var prototypes: [PrototypeReason]?
        var codebooks: (for: [CodebookReason], against: [CodebookReason])?
        var experts: [ExpertView]?
        try reader.readObject("reasons") { (reader, key) throws(Rejection) in
            switch key {
            case "margin": margin = try reader.readNull() ? nil : try reader.readFiniteFloat("reasons.margin")
            case "second": second = try reader.readNull() ? nil : try reader.readString("reasons.second")
            case "prototypes":
                var read: [PrototypeReason] = []
                try reader.readArray("reasons.prototypes") { (reader, _) throws(Rejection) in
                    read.append(try PrototypeReason(&reader))
                }
                prototypes = read
            case "codebooks": codebooks = try Self.readCodebooks(&reader)
            case "experts":
                var read: [ExpertView] = []
                try reader.readArray("reasons.experts") { (reader, _) throws(Rejection) in
                    read.append(try ExpertView(&reader))
                }
                experts = read
            default: try reader.skipValue()
            }
        }
        let read = try JSONReader.required(codebooks, "reasons.codebooks")
        self.init(
            margin: margin, second: second,
            prototypes: try JSONReader.required(prototypes, "reasons.prototypes"), codebooksFor: read.for,
            codebooksAgainst: read.against, experts: try JSONReader.required(experts, "reasons.experts"))
    }

    private static func readCodebooks(
        _ reader: inout JSONReader
    ) throws(Rejection) -> (for: [CodebookReason], against: [CodebookReason]) {
        var speakingFor: [CodebookReason]?
        var against: [CodebookReason]?
        func list(_ reader: inout JSONReader, _ path: String) throws(Rejection) -> [CodebookReason] {
            var read: [CodebookReason] = []
            try reader.readArray(path) { (reader, _) throws(Rejection) in
                read.append(try CodebookReason(&reader, path))
            }
            return read
        }
        try reader.readObject("reasons.codebooks") { (reader, key) throws(Rejection) in
            switch key {
            case "for": speakingFor = try list(&reader, "reasons.codebooks.for")
            case "against": against = try list(&reader, "reasons.codebooks.against")
            default: try reader.skipValue()
            }
        }
        return (
            try JSONReader.required(speakingFor, "reasons.codebooks.for"),
            try JSONReader.required(against, "reasons.codebooks.against")
        )
    }
}

extension PrototypeReason {
    fileprivate init(_ reader: inout JSONReader) throws(Rejection) {
        let path = "reasons.prototypes[]"
        var sampleID: String?
        var label: String?
        var similarity: Float?
        var source: RecordSource?
        try reader.readObject(path) { (reader, key) throws(Rejection) in
            switch key {
            case "sample_id": sampleID = try reader.readString("\(path).sample_id")
            case "label": label = try reader.readString("\(path).label")
            case "similarity": similarity = try reader.readFiniteFloat("\(path).similarity")
            case "source":
                source = try reader.readNull() ? nil : try RecordSource(&reader, "\(path).source")
            default: try reader.skipValue()
            }
        }
        self.init(
            sampleID: try JSONReader.required(sampleID, "\(path).sample_id"),
            label: try JSONReader.required(label, "\(path).label"),
            similarity: try JSONReader.required(similarity, "\(path).similarity"), source: source)
    }
}

extension CodebookReason {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.literal("[")
        writer.integer(Int64(codebook))
        writer.literal(",")
        writer.integer(Int64(key))
        writer.literal(",")
        writer.number(logOdds)
        writer.literal("]")
    }

    fileprivate init(_ reader: inout JSONReader, _ path: String) throws(Rejection) {
        var codebook: Int64?
        var key: Int64?
        var logOdds: Float?
        try reader.readArray("\(path)[]") { (reader, index) throws(Rejection) in
            switch index {
            case 0: codebook = try reader.readInteger("\(path)[][0]")
            case 1: key = try reader.readInteger("\(path)[][1]")
            case 2: logOdds = try reader.readFiniteFloat("\(path)[][2]")
            default: try reader.skipValue()
            }
        }
        self.init(
            codebook: Int(try JSONReader.required(codebook, "\(path)[][0]")),
            key: Int(try JSONReader.required(key, "\(path)[][1]")),
            logOdds: try JSONReader.required(logOdds, "\(path)[][2]"))
    }
}

extension ExpertView {
    fileprivate init(_ reader: inout JSONReader) throws(Rejection) {
        let path = "reasons.experts[]"
        var name: String?
        var weight: Float?
        var label: String?
        var confidence: Float?
        try reader.readObject(path) { (reader, key) throws(Rejection) in
            switch key {
            case "name": name = try reader.readString("\(path).name")
            case "weight": weight = try reader.readFiniteFloat("\(path).weight")
            case "label": label = try reader.readNull() ? nil : try reader.readString("\(path).label")
            case "confidence": confidence = try reader.readFiniteFloat("\(path).confidence")
            default: try reader.skipValue()
            }
        }
        self.init(
            name: try JSONReader.required(name, "\(path).name"),
            weight: try JSONReader.required(weight, "\(path).weight"), label: label,
            confidence: try JSONReader.required(confidence, "\(path).confidence"))
    }
}
