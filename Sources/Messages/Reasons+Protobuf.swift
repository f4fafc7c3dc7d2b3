import SwiftProtobuf

extension Reasons {
    /// The reasons as a message `weir.v1.Reasons`.
    ///
    /// - Throws: `E_TOO_LARGE` when a codebook or a key does not fit in 32 bits.
    func message() throws(Rejection) -> Weir_V1_Reasons {
        var message = Weir_V1_Reasons()
        if let margin, margin.isFinite { message.margin = margin }
        if let second { message.second = second }
        message.prototypes = prototypes.map { prototype in
            var item = Weir_V1_PrototypeReason()
            item.sampleID = prototype.sampleID
            item.label = prototype.label
            item.similarity = prototype.similarity
            if let source = prototype.source { item.source = source.message }
            return item
        }
        for reason in codebooksFor { message.codebooksFor.append(try reason.message()) }
        for reason in codebooksAgainst { message.codebooksAgainst.append(try reason.message()) }
        message.experts = experts.map { expert in
            var item = Weir_V1_ExpertView()
            item.name = expert.name
            item.weight = expert.weight
            if let label = expert.label { item.label = label }
            item.confidence = expert.confidence
            return item
        }
        return message
    }

    /// Reads a message `weir.v1.Reasons`.
    ///
    /// - Throws: `E_PROTOBUF` when a number in it is not finite.
    init(_ message: Weir_V1_Reasons) throws(Rejection) {
        let numbers = [
            message.hasMargin ? [message.margin] : [], message.prototypes.map(\.similarity),
            message.codebooksFor.map(\.logOdds), message.codebooksAgainst.map(\.logOdds),
            message.experts.map(\.weight), message.experts.map(\.confidence),
        ]
        guard numbers.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
            throw Rejection(.protobuf, "reasons has a number that is not finite")
        }
        self.init(
            margin: message.hasMargin ? message.margin : nil,
            second: message.hasSecond ? message.second : nil,
            prototypes: message.prototypes.map { prototype in
                PrototypeReason(
                    sampleID: prototype.sampleID, label: prototype.label, similarity: prototype.similarity,
                    source: prototype.hasSource ? RecordSource(prototype.source) : nil)
            },
            codebooksFor: message.codebooksFor.map(CodebookReason.init),
            codebooksAgainst: message.codebooksAgainst.map(CodebookReason.init),
            experts: message.experts.map { expert in
                ExpertView(
                    name: expert.name, weight: expert.weight, label: expert.hasLabel ? expert.label : nil,
                    confidence: expert.confidence)
            })
    }
}

extension CodebookReason {
    fileprivate func message() throws(Rejection) -> Weir_V1_CodebookReason {
        guard let codebook = Int32(exactly: codebook), let key = Int32(exactly: key) else {
            throw Rejection(.tooLarge, "reasons has a codebook or a key of more than 32 bits")
        }
        var message = Weir_V1_CodebookReason()
        message.codebook = codebook
        message.key = key
        message.logOdds = logOdds
        return message
    }

    fileprivate init(_ message: Weir_V1_CodebookReason) {
        self.init(codebook: Int(message.codebook), key: Int(message.key), logOdds: message.logOdds)
    }
}
