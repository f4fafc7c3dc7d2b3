import Memory
import Tensors

extension Ensemble {
    /// The combined score of every class, whose softmax is the answer. Changes nothing but the room.
    ///
    /// - Parameters:
    ///   - codes: [C][T], the codes to ask the counts with.
    ///   - scores: a place for each class, overwritten; -infinity for one that nothing is known of.
    public func score(
        _ sample: EncodedSample, codes: UnsafeBufferPointer<UInt16>, memory: Bottleneck, room: inout Room,
        into scores: UnsafeMutableBufferPointer<Float>
    ) {
        room.input.fill(sample)
        let weights = statistics?.weights ?? []
        for (e, expert) in solution.experts.enumerated() {
            if room.scores[e].count != scores.count {
                room.scores[e] = [Float](repeating: 0, count: scores.count)
            }
            (room.best[e], room.favourites[e]) = (-.infinity, nil)
            guard let expert else { continue }
            room.scores[e].withUnsafeMutableBufferPointer {
                expert.score(room.input, codes: codes, memory: memory, into: $0)
            }
            // An embedding of absurd length overflows; then this expert has nothing to say.
            if room.scores[e].contains(where: \.isNaN) {
                for index in room.scores[e].indices { room.scores[e][index] = 0 }
            }
            for (index, score) in room.scores[e].enumerated() where score > room.best[e] {
                (room.best[e], room.favourites[e]) = (score, index)
            }
        }
        combine(room, solution.combination.weights, into: scores)
        if scores.indices.contains(where: {
            Self.isLearned($0, weights) && !isPlaced($0, scores[$0], weights)
        }) {
            placeOthers(&room, weights, into: scores)
        }
        // A class of which nothing is known cannot be the answer.
        for index in scores.indices where !Self.isLearned(index, weights) { scores[index] = -.infinity }
    }

    private static func isLearned(_ classIndex: Int, _ weights: [Int]) -> Bool {
        classIndex < weights.count && weights[classIndex] > 0
    }

    /// Whether all experts can tell a class from the others: the solution knows it, and so does each of them. Some
    /// know a class by its exemplars alone, which may all have been taken back, or kept from training.
    private func isPlaced(_ classIndex: Int, _ score: Float, _ weights: [Int]) -> Bool {
        Self.isLearned(classIndex, weights) && solution.knows(classIndex, weights) && score > -.infinity
    }

    /// The weighted sum of the experts' scores in the room.
    private func combine(
        _ room: Room, _ weights: [Float], into scores: UnsafeMutableBufferPointer<Float>
    ) {
        scores.update(repeating: 0)
        for e in room.scores.indices where weights[e] > 0 && room.best[e] > -.infinity {
            room.scores[e].withUnsafeBufferPointer { own in
                for index in scores.indices { scores[index] += weights[e] * own[index] }
            }
        }
    }

    /// Classes that not all experts know share the belief with the others as the immediate experts say, and the others
    /// share theirs among each other as all experts say.
    private func placeOthers(
        _ room: inout Room, _ weights: [Int], into scores: UnsafeMutableBufferPointer<Float>
    ) {
        let placed = scores.indices.map { isPlaced($0, scores[$0], weights) }
        // Taken out, so that it is changed in place.
        var others: [Float] = []
        swap(&others, &room.immediate)
        if others.count != scores.count { others = [Float](repeating: 0, count: scores.count) }
        others.withUnsafeMutableBufferPointer { combine(room, solution.immediate.weights, into: $0) }
        func logSum(_ values: (Int) -> Float) -> Float {
            let known = scores.indices.filter { placed[$0] }
            guard let largest = known.map(values).max(), largest > -.infinity else { return -.infinity }
            return largest
                + Float(logarithm(known.reduce(0.0) { $0 + exponential(Double(values($1) - largest)) }))
        }
        let shift = logSum { others[$0] } - logSum { scores[$0] }
        for index in scores.indices {
            if !placed[index] {
                scores[index] = others[index]
            } else if shift.isFinite {
                scores[index] += shift
            }
        }
        room.immediate = others
    }

    /// The combined score before the weights were fitted, from the scores in the room.
    public func uncalibrated(_ room: Room, into scores: UnsafeMutableBufferPointer<Float>) {
        for index in scores.indices where scores[index] > -.infinity {
            var sum: Float = 0
            for e in room.scores.indices
            where room.best[e] > -.infinity && room.scores[e][index] > -.infinity {
                sum += solution.combination.initialWeights[e] * room.scores[e][index]
            }
            scores[index] = sum
        }
    }

    /// How far from what is known the sample in the room is; nil before the first refresh.
    public func distance(_ room: Room) -> Float? {
        guard let familiarity = solution.familiarity, room.best.allSatisfy({ $0 > -.infinity }) else {
            return nil
        }
        return familiarity.distance(room.best)
    }
}
