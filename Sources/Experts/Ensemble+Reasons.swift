import Tensors

extension Ensemble {
    /// The exemplars that are most similar to a sample, nearest first.
    ///
    /// Their similarity is the cosine of the scaled embeddings.
    public func nearestExemplars(
        _ sample: EncodedSample, count: Int
    ) -> [(exemplar: Exemplar, classIndex: Int, similarity: Float)] {
        let own = sample.steps.map { Float($0) }
        let ownSquare = own.reduce(0) { $0 + $1 * $1 }
        var nearest: [(exemplar: Exemplar, classIndex: Int, similarity: Float)] = []
        for (index, members) in exemplars.byClass.enumerated() {
            for member in members {
                var product: Float = 0
                var square: Float = 0
                for d in own.indices {
                    let value = Float(member.steps[d])
                    product += own[d] * value
                    square += value * value
                }
                let length = (square * ownSquare).squareRoot()
                let similarity = length > 0 ? max(-1, min(1, product / length)) : 0
                if nearest.count == count, similarity <= nearest[count - 1].similarity { continue }
                let place = nearest.firstIndex { $0.similarity < similarity } ?? nearest.count
                nearest.insert((member, index, similarity), at: place)
                if nearest.count > count { nearest.removeLast() }
            }
        }
        return nearest
    }

    /// What each expert says by itself of the sample in the room: its share of the say, the class that it would name,
    /// and how likely that is by its own scores under its weight.
    public func opinions(
        _ room: Room
    ) -> [(expert: ExpertKind, weight: Float, classIndex: Int?, probability: Float)] {
        let shares = self.shares
        return configuration.experts.indices.map { e in
            let weight =
                solution.combination.weights[e] > 0
                ? solution.combination.weights[e] : solution.combination.initialWeights[e]
            var total = 0.0
            for score in room.scores[e] where score > -.infinity && room.best[e] > -.infinity {
                total += exponential(Double(weight * (score - room.best[e])))
            }
            return (
                configuration.experts[e], shares[e], room.favourites[e], total > 0 ? Float(1 / total) : 0
            )
        }
    }

    /// Each expert's share of the say: its weight times the spread of its scores, all adding up to 1.
    public var shares: [Float] {
        let combination = solution.combination
        let says = zip(combination.weights, combination.initialWeights).map { weight, initial in
            // Initial weights are one over the spreads.
            solution.isCalibrated ? (initial > 0 ? weight / initial : 0) : (weight > 0 ? 1 : 0)
        }
        let total = says.reduce(0, +)
        return says.map { total > 0 ? $0 / total : 0 }
    }
}
