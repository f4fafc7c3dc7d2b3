import Tensors
import Testing

@Suite struct TopIndicesTests {
    @Test("The same as sorting all, ties by index")
    func likeSorting() {
        var random = RandomGenerator(seed: 3)
        for _ in 0..<200 {
            let scores = (0..<random.below(12)).map { _ in Float(random.below(5)) }
            let sorted = scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
            for limit in 0...14 { #expect(topIndices(scores, limit: limit) == Array(sorted.prefix(limit))) }
        }
    }

    @Test func tiesAsTheCallerSays() {
        #expect(topIndices([1, 2, 1, 2], limit: 3, precedes: >) == [3, 1, 2])
        #expect(topIndices([0, -0.0, 0], limit: 3, precedes: >) == [2, 1, 0])
    }

    @Test func nothingWantedOrThere() {
        for limit in [-1, 0] { #expect(topIndices([1, 2], limit: limit) == []) }
        #expect(topIndices([], limit: 3) == [])
    }

    @Test("NaN comes after all numbers, wherever it stands")
    func notANumber() {
        #expect(topIndices([.nan, 1, .nan, -.infinity, 2], limit: 5) == [4, 1, 3, 0, 2])
        #expect(topIndices([.nan, 1], limit: 1) == [1])
        #expect(topIndices([.nan, .nan], limit: 2) == [0, 1])
    }
}
