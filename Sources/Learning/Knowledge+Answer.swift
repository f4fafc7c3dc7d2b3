import Experts
import Memory
import Tensors

extension Knowledge {
    /// What is said of a sample, settled or not.
    func predict(_ encoded: EncodedSample) -> Answer {
        var room = AnswerRoom()
        return predict(encoded, &room)
    }

    /// The same with room that is kept from sample to sample.
    func predict(_ encoded: EncodedSample, _ room: inout AnswerRoom) -> Answer {
        isStale ? settled().answer(encoded, &room) : answer(encoded, &room)
    }

    /// Answers with what was solved for, stale or not; changes nothing but the room.
    func answer(_ encoded: EncodedSample, _ room: inout AnswerRoom) -> Answer {
        guard classes.count > 0, tracesLearned > 0 else { return .nothing }
        fill(&room, with: encoded)
        let top = Self.ranked(room.scores, classes: classes, limit: configuration.topK)
        let largest = room.scores[top[0]]
        // All that was learned was taken back.
        guard largest.isFinite else { return .nothing }
        let scale = ensemble == nil ? memory.inverseTemperature : 1
        let total = Self.total(room.scores, largest, scale)
        // A class that was deleted has no probability to speak of.
        let ranked = top.filter { room.scores[$0] > -.infinity }.map {
            Answer.RankedClass(
                index: $0,
                probability: Float(exponential(Double((room.scores[$0] - largest) * scale)) / total))
        }
        guard let ensemble, let experts = room.ensemble else { return Answer(ranked: ranked) }
        let distance = ensemble.distance(experts)
        let threshold = ensemble.solution.familiarity?.threshold
        return Answer(
            ranked: ranked, isCalibrated: ensemble.solution.isCalibrated, distance: distance,
            isUnknown: distance.flatMap { distance in threshold.map { distance > $0 } } ?? false,
            opinions: experts.favourites, uncalibrated: uncalibrated(top[0], ensemble, experts, &room))
    }

    /// Fills the room with the scores of all classes.
    func fill(_ room: inout AnswerRoom, with encoded: EncodedSample) {
        let count = classes.count
        if room.scores.count != count {
            room.scores = [Float](repeating: 0, count: count)
            room.uncalibrated = room.scores
        }
        if room.codes.count != encoded.codes.count {
            room.codes = [UInt16](repeating: 0, count: encoded.codes.count)
        }
        room.codes.withUnsafeMutableBufferPointer {
            memory.predictionCodes(encoded.codes, vector: encoded.vector, into: $0)
        }
        guard let ensemble else {
            return room.codes.withUnsafeBufferPointer { codes in
                room.scores.withUnsafeMutableBufferPointer { memory.score(codes, into: $0) }
            }
        }
        var experts = room.ensemble.flatMap { $0.fits(ensemble) ? $0 : nil } ?? Ensemble.Room(ensemble)
        // Taken out while it is filled, so that it is not copied.
        room.ensemble = nil
        room.codes.withUnsafeBufferPointer { codes in
            room.scores.withUnsafeMutableBufferPointer {
                ensemble.score(encoded, codes: codes, memory: memory, room: &experts, into: $0)
            }
        }
        room.ensemble = experts
    }

    /// The probability of a class under the weights before they were fitted.
    private func uncalibrated(
        _ index: Int, _ ensemble: Ensemble, _ experts: Ensemble.Room, _ room: inout AnswerRoom
    ) -> Float {
        for other in room.scores.indices { room.uncalibrated[other] = room.scores[other] }
        room.uncalibrated.withUnsafeMutableBufferPointer { ensemble.uncalibrated(experts, into: $0) }
        let largest = room.uncalibrated.max() ?? 0
        guard largest.isFinite else { return 0 }
        return Float(
            exponential(Double(room.uncalibrated[index] - largest))
                / Self.total(room.uncalibrated, largest, 1))
    }

    /// The sum runs in the order in which labels appeared. Double precision keeps that order from showing in the
    /// rounded shares.
    private static func total(_ scores: [Float], _ largest: Float, _ scale: Float) -> Double {
        var total = 0.0
        for score in scores {
            let difference = (score - largest) * scale
            // What lies further below does not show in single precision.
            if difference > -40 { total += exponential(Double(difference)) }
        }
        return total
    }

    /// The best classes, best first; of equal scores by label, so that the answer does not depend on which label came
    /// first.
    static func ranked(_ scores: [Float], classes: ClassTable, limit: Int) -> [Int] {
        topIndices(scores, limit: limit) { a, b in
            classes.labels[a].utf8.lexicographicallyPrecedes(classes.labels[b].utf8)
        }
    }
}
