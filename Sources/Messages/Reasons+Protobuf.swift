import Protobuf

/// The message `weir.v1.Reasons`.
extension Reasons {
    /// No reasons yet.
    static var none: Reasons {
        Reasons(
            margin: nil, second: nil, prototypes: [], codebooksFor: [], codebooksAgainst: [], experts: [])
    }

    /// About how many bytes they take, to make room for.
    var protobufBytesLikely: Int {
        64 + 96 * prototypes.count + 16 * (codebooksFor.count + codebooksAgainst.count) + 48 * experts.count
    }

    /// - Throws: `E_TOO_LARGE` when a codebook or a key does not fit in 32 bits.
    func checkRange() throws(Rejection) {
        for reason in codebooksFor + codebooksAgainst {
            guard Int32(exactly: reason.codebook) != nil, Int32(exactly: reason.key) != nil else {
                throw Rejection(.tooLarge, "reasons has a codebook or a key of more than 32 bits")
            }
        }
    }

    /// Whether no number in them is NaN or infinite.
    var isFinite: Bool {
        (margin?.isFinite ?? true) && prototypes.allSatisfy(\.similarity.isFinite)
            && codebooksFor.allSatisfy(\.logOdds.isFinite) && codebooksAgainst.allSatisfy(\.logOdds.isFinite)
            && experts.allSatisfy { $0.weight.isFinite && $0.confidence.isFinite }
    }

    func write(to writer: inout ProtobufWriter) {
        if let margin, margin.isFinite { writer.float(1, margin) }
        if let second { writer.string(2, second) }
        for prototype in prototypes {
            writer.message(3) { writer in
                writer.stringIfSet(1, prototype.sampleID)
                writer.stringIfSet(2, prototype.label)
                writer.floatIfSet(3, prototype.similarity)
                if let source = prototype.source { writer.message(4) { source.write(to: &$0) } }
            }
        }
        for (field, reasons) in [(4, codebooksFor), (5, codebooksAgainst)] {
            for reason in reasons {
                writer.message(field) {
                    $0.integerIfSet(1, Int64(reason.codebook))
                    $0.integerIfSet(2, Int64(reason.key))
                    $0.floatIfSet(3, reason.logOdds)
                }
            }
        }
        for expert in experts {
            writer.message(6) {
                $0.stringIfSet(1, expert.name)
                $0.floatIfSet(2, expert.weight)
                if let label = expert.label { $0.string(3, label) }
                $0.floatIfSet(4, expert.confidence)
            }
        }
    }

    /// Reads the message on: what it gives once more replaces what was read, and lists go on, up to one
    /// element more than they may have.
    mutating func merge(_ message: ProtobufReader) throws(ProtobufError) {
        var reader = message
        while let field = try reader.nextField() {
            switch (field.number, field.type) {
            case (1, .fixed32): margin = try reader.float()
            case (2, .lengthDelimited): second = try reader.string()
            case (3, .lengthDelimited) where prototypes.count <= Prediction.listMax:
                prototypes.append(try PrototypeReason(reader.message()))
            case (4, .lengthDelimited) where codebooksFor.count <= Prediction.listMax:
                codebooksFor.append(try CodebookReason(reader.message()))
            case (5, .lengthDelimited) where codebooksAgainst.count <= Prediction.listMax:
                codebooksAgainst.append(try CodebookReason(reader.message()))
            case (6, .lengthDelimited) where experts.count <= Prediction.listMax:
                experts.append(try ExpertView(reader.message()))
            default: try reader.skip(field)
            }
        }
    }
}

extension PrototypeReason {
    fileprivate init(_ message: ProtobufReader) throws(ProtobufError) {
        self.init(sampleID: "", label: "", similarity: 0, source: nil)
        var reader = message
        while let field = try reader.nextField() {
            switch (field.number, field.type) {
            case (1, .lengthDelimited): sampleID = try reader.string()
            case (2, .lengthDelimited): label = try reader.string()
            case (3, .fixed32): similarity = try reader.float()
            case (4, .lengthDelimited):
                var merged = source ?? RecordSource(topic: "", partition: 0, offset: 0)
                try merged.merge(reader.message())
                source = merged
            default: try reader.skip(field)
            }
        }
    }
}

extension CodebookReason {
    fileprivate init(_ message: ProtobufReader) throws(ProtobufError) {
        self.init(codebook: 0, key: 0, logOdds: 0)
        var reader = message
        while let field = try reader.nextField() {
            switch (field.number, field.type) {
            case (1, .varint): codebook = Int(Int32(truncatingIfNeeded: try reader.varint()))
            case (2, .varint): key = Int(Int32(truncatingIfNeeded: try reader.varint()))
            case (3, .fixed32): logOdds = try reader.float()
            default: try reader.skip(field)
            }
        }
    }
}

extension ExpertView {
    fileprivate init(_ message: ProtobufReader) throws(ProtobufError) {
        self.init(name: "", weight: 0, label: nil, confidence: 0)
        var reader = message
        while let field = try reader.nextField() {
            switch (field.number, field.type) {
            case (1, .lengthDelimited): name = try reader.string()
            case (2, .fixed32): weight = try reader.float()
            case (3, .lengthDelimited): label = try reader.string()
            case (4, .fixed32): confidence = try reader.float()
            default: try reader.skip(field)
            }
        }
    }
}
