import Learning
import Messages

extension Reasons {
    /// An explanation as it goes on the wire.
    ///
    /// - Parameter labels: the label of each class.
    public init(_ explanation: Explanation, labels: [String]) {
        func codebook(_ one: Explanation.Codebook) -> CodebookReason {
            CodebookReason(codebook: one.number, key: one.key, logOdds: one.logOdds)
        }
        self.init(
            margin: explanation.margin, second: explanation.second.map { labels[$0] },
            prototypes: explanation.prototypes.map {
                PrototypeReason(
                    sampleID: $0.sampleID, label: labels[$0.classIndex], similarity: $0.similarity,
                    source: $0.source.map {
                        RecordSource(topic: $0.topic, partition: $0.partition, offset: $0.offset)
                    })
            },
            codebooksFor: explanation.codebooksFor.map(codebook),
            codebooksAgainst: explanation.codebooksAgainst.map(codebook),
            experts: explanation.experts.map {
                ExpertView(
                    name: $0.expert.rawValue, weight: $0.weight, label: $0.classIndex.map { labels[$0] },
                    confidence: $0.probability)
            })
    }
}
