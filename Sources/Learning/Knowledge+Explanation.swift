import Experts
import Memory
import Tensors

extension Knowledge {
    /// Why a sample is answered as it is; nil before anything was learned.
    ///
    /// - Parameter count: the number of prototypes and of codebooks on each side.
    func explain(_ encoded: EncodedSample, count: Int) -> Explanation? {
        isStale ? settled().explained(encoded, count: count) : explained(encoded, count: count)
    }

    private func explained(_ encoded: EncodedSample, count: Int) -> Explanation? {
        guard classes.count > 0, tracesLearned > 0 else { return nil }
        var room = AnswerRoom()
        fill(&room, with: encoded)
        let top = Self.ranked(room.scores, classes: classes, limit: 2)
        guard let best = top.first, room.scores[best].isFinite else { return nil }
        let second = top.dropFirst().first.flatMap { room.scores[$0].isFinite ? $0 : nil }
        let scale = ensemble == nil ? memory.inverseTemperature : 1
        let odds = second.map { codebooks(best, against: $0, room) } ?? []
        return Explanation(
            margin: second.map { (room.scores[best] - room.scores[$0]) * scale }, second: second,
            prototypes: prototypes(encoded, count: count),
            codebooksFor: odds.prefix(count).filter { $0.logOdds > 0 },
            codebooksAgainst: odds.reversed().prefix(count).filter { $0.logOdds < 0 }, experts: opinions(room)
        )
    }

    /// What every codebook says, the strongest for the answer first.
    private func codebooks(
        _ best: Int, against second: Int, _ room: AnswerRoom
    ) -> [Explanation.Codebook] {
        guard let counts = memory.readout.counts else { return [] }
        let odds = room.codes.withUnsafeBufferPointer { counts.logOdds($0, of: best, against: second) }
        let neighbours = configuration.memory.neighbours
        return odds.enumerated()
            .map { Explanation.Codebook(number: $0, key: Int(room.codes[$0 * neighbours]), logOdds: $1) }
            .sorted { ($1.logOdds, $0.number) < ($0.logOdds, $1.number) }
    }

    private func prototypes(_ encoded: EncodedSample, count: Int) -> [Explanation.Prototype] {
        guard let ensemble else { return [] }
        return ensemble.nearestExemplars(encoded, count: count).map {
            Explanation.Prototype(
                sampleID: $0.exemplar.id, classIndex: $0.classIndex, similarity: $0.similarity,
                source: $0.exemplar.source)
        }
    }

    private func opinions(_ room: AnswerRoom) -> [Explanation.Opinion] {
        guard let ensemble, let experts = room.ensemble else { return [] }
        return ensemble.opinions(experts).map {
            Explanation.Opinion(
                expert: $0.expert, weight: $0.weight, classIndex: $0.classIndex, probability: $0.probability)
        }
    }
}
